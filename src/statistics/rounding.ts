/** To four decimals: what the files give of shares, weights and means; what differs beyond is noise. */
export const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
