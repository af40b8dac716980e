/** How far a command is that reads files once, for people who wait at a terminal. */
import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** bytes read since the last call */
  bytes(read: number): void;
  /** what is being done, where bytes do not tell */
  stage(name: string): void;
  /** clears the bar; may be called twice */
  end(): void;
}

/** A run that is over sooner needs no bar. */
const PATIENCE = 2000;

/**
 * A bar on standard error with the time left, once two seconds have passed; nothing where that is no terminal, or where
 * the data itself go to it.
 * @param total bytes in all; undefined when nobody can know
 */
export function createProgress(quiet: boolean, total: number | undefined, output?: string): Progress {
  const shared = process.stdout.isTTY && output === undefined;
  if (quiet || !process.stderr.isTTY || shared) return { bytes() {}, stage() {}, end() {} };
  const began = performance.now();
  let [read, stage] = [0, "reading"];
  const format = total
    ? "{bar} {percentage} % {stage}, {eta_formatted} left"
    : "{megabytes} MB {stage}, {duration_formatted}";
  const bar = new SingleBar(
    { format, stream: process.stderr, clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  let over = false;
  const show = () => {
    if (over || performance.now() - began < PATIENCE) return;
    if (!bar.isActive) bar.start(total || 1, 0, { stage, megabytes: 0 });
    bar.update(total ? Math.min(read, total) : 0, { stage, megabytes: (read / 1e6).toFixed(1) });
  };
  return {
    bytes(count) {
      read += count;
      show();
    },
    stage(name) {
      stage = name;
      show();
    },
    end() {
      over = true;
      if (bar.isActive) bar.stop();
    },
  };
}
