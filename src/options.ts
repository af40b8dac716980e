/** What the user may set when mining, and what holds when nothing is set. */
export interface MineOptions {
  preset: "default" | "paper";
  /** words per gram */
  minN: number;
  maxN: number;
  /** clusters, or "auto" */
  clusters: number | "auto";
  /** paper preset: share of the clusters kept, by cluster document frequency */
  top: number;
  /** problems that a gram must stand in; "auto": 0.3 % of them, and at least 3 */
  minProblems: number | "auto";
  /** drops grams with more occurrences per trace than this; null: no limit */
  maxPerTrace: number | null;
  /** drops entries below this weight */
  minWeight: number;
  /** null: no limit */
  maxEntries: number | null;
  seed: number;
}

export const DEFAULTS: MineOptions = {
  preset: "default",
  minN: 1,
  maxN: 6,
  clusters: "auto",
  top: 0.2,
  minProblems: "auto",
  maxPerTrace: null,
  minWeight: 0,
  maxEntries: 1500,
  seed: 42,
};

/** The recipe of the paper to the letter (its section 3): n-grams of 3 to 5 words, no limit but the clusters'. */
export const PAPER: MineOptions = { ...DEFAULTS, preset: "paper", minN: 3, maxN: 5, maxEntries: null };

/** A share of the problems, so that 300 traces and 300,000 give grams of the same standing; three are no accident. */
export const floorOf = (minProblems: number | "auto", problems: number): number =>
  minProblems === "auto" ? Math.max(3, partFloorOf(problems)) : minProblems;

/**
 * The floor within a part of the problems: the same share. What reaches the share of the whole reaches it in some part
 * (Savasere, Omiecinski and Navathe 1995), so that the parts' grams are all the candidates of the whole.
 */
export const partFloorOf = (problems: number): number => Math.max(1, Math.ceil((problems * 3) / 1000));
