import { InvalidArgumentError } from "commander";

/** Numbers as options have them; each throws InvalidArgumentError with what it expects. */
export const number = (text: string): number => parsed(text, Number.isFinite, "a number");

export const share = (text: string): number =>
  parsed(text, (value) => value >= 0 && value <= 1, "a number from 0 to 1");

export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`Expecting a whole number from ${least}${most < 1e9 ? ` to ${most}` : ""}.`);
    return value;
  };

/** A number that fits; `what` names such ones. */
export function parsed(text: string, fits: (value: number) => boolean, what: string): number {
  const value = Number(text);
  if (text.trim() === "" || !fits(value)) throw new InvalidArgumentError(`Expecting ${what}.`);
  return value;
}
