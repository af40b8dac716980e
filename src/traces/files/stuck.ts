/** Seconds without a step after which a decoder is taken to be stuck. */
export const PATIENCE = 30;

/**
 * What the work gives, or an error when nothing has moved for too long. It counts its own ticks: none pass while the
 * process is suspended.
 * @param moved another number when a step was done
 * @param seconds to wait for a step
 */
export function unlessStuck<T>(
  work: Promise<T>,
  moved: () => number = () => 0,
  seconds: () => number = () => PATIENCE,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    let seen = -1;
    let ticks = 0;
    timer = setInterval(() => {
      const now = moved();
      if (now !== seen) ticks = 0;
      seen = now;
      if (++ticks > 2 * seconds()) reject(new Error("its decoding comes to no end"));
    }, 500);
  });
  return Promise.race([work, stuck]).finally(() => clearInterval(timer));
}
