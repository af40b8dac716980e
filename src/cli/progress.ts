/** How far a command is, and how long it will go on, for people who wait at a terminal. */
import { type Options, SingleBar } from "cli-progress";

export interface Progress {
  /** bytes read since the last call, of how many that a stage reads in all; undefined when nobody can know */
  bytes(read: number, total?: number): void;
  /** what is being done, and which share of it is */
  stage(name: string, done?: number): void;
  readonly active: boolean;
  /** clears the bar; may be called twice */
  end(): void;
}

/** The stages of a command in their order, each with the share of the time at which it begins, roughly. */
export type Stages = Readonly<Record<string, number>>;

/** A run that is over sooner needs no bar, and says nothing yet about the time left. */
const PATIENCE = 1000;
const LONGEST = 40;
/** What stands beside the bar: "100 % other options, 12 min left". */
const BESIDE = 34;

/**
 * A bar on standard error with the time left, once a second has passed; nothing where that is no terminal, or where the
 * data themselves go to it meanwhile.
 * @param writing whether the command writes to standard output while it works
 */
export function createProgress(quiet: boolean, stages: Stages = { reading: 0 }, writing = false): Progress {
  const shared = process.stdout.isTTY && writing;
  if (quiet || !process.stderr.isTTY || shared) return { active: false, bytes() {}, stage() {}, end() {} };
  const names = Object.keys(stages);
  const began = performance.now();
  let [stage, read, share] = [names[0], 0, 0];
  let unknown = false;
  let over = false;
  const elapsed = () => performance.now() - began;
  const format = ({ barsize = 0 }: Options): string => {
    if (unknown) return `${(read / 1e6).toFixed(1)} MB ${stage}, ${duration(elapsed())}`;
    const full = Math.round(share * barsize);
    const left = share > 0 ? `, ${duration((elapsed() * (1 - share)) / share)} left` : "";
    return `${"█".repeat(full)}${"░".repeat(barsize - full)} ${Math.floor(100 * share)} % ${stage}${left}`;
  };
  const bar = new SingleBar({
    format,
    barsize: Math.max(0, Math.min(LONGEST, (process.stderr.columns ?? 80) - BESIDE)),
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  /** at a share of the time of the stage */
  const show = (done: number) => {
    const from = stages[stage];
    const to = stages[names[names.indexOf(stage) + 1]] ?? 1;
    share = Math.max(share, from + Math.min(1, done) * (to - from));
    if (over || elapsed() < PATIENCE) return;
    if (!bar.isActive) bar.start(1, 0);
    bar.update(share);
  };
  return {
    get active() {
      return bar.isActive;
    },
    bytes(count, total) {
      read += count;
      unknown = !total;
      show(total ? read / total : 0);
    },
    stage(name, done = 0) {
      if (name !== stage) read = 0;
      unknown = false;
      stage = name;
      show(done);
    },
    end() {
      over = true;
      if (bar.isActive) bar.stop();
    },
  };
}

const duration = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
