/**
 * Globs: `*`, `?`, `**`, `[abc]`, `[!a-z]` and `{a,b}`, for quoted patterns that the shell has not expanded. Matched in
 * time proportional to pattern × name: as regular expressions, patterns such as `*a*a*a*b` take time without end.
 */
import { normalize, sep } from "node:path";
import { InputError } from "../../errors.js";

export function isGlob(name: string): boolean {
  return /[*?]|\[[^\]]+\]|\{[^}]*\}/.test(name);
}

/** Patterns that braces may stand for: `{a,b}` ten times are 1,024. */
const MOST = 1024;

/**
 * @returns the folder to look under, how many levels of it, and a test of paths as found there
 * @throws InputError for a range that goes backwards, and for braces that stand for more than 1,024 patterns
 */
export function globPattern(glob: string): { base: string; depth: number; matches: (path: string) => boolean } {
  const segments = normalize(glob).split(sep);
  const fixed = segments.findIndex(isGlob);
  const base = segments.slice(0, fixed).join(sep) || (glob.startsWith(sep) ? sep : ".");
  const patterns = braces(normalize(glob), glob).map((one) => one.split(sep).map((part) => segment(part, glob)));
  const depth = patterns.some((parts) => parts.includes(ANY_DEPTH))
    ? Number.POSITIVE_INFINITY
    : Math.max(...patterns.map((parts) => parts.length)) - fixed;
  return { base, depth, matches: (path) => patterns.some((parts) => matchesPath(parts, path.split(sep))) };
}

/** "a{b,c}" → "ab", "ac". */
function braces(pattern: string, glob: string): string[] {
  let patterns = [pattern];
  for (;;) {
    const next = patterns.flatMap((one) => {
      const found = /\{([^{}]*)\}/.exec(one);
      if (!found) return [one];
      const [before, after] = [one.slice(0, found.index), one.slice(found.index + found[0].length)];
      return found[1].split(",").map((part) => before + part + after);
    });
    if (next.length > MOST)
      throw new InputError(`${glob}: the braces stand for more than ${MOST} patterns; name a folder`);
    if (next.every((one, i) => one === patterns[i])) return next;
    patterns = next;
  }
}

/** What matches one character: itself, any, or one of a set; or "*", any number of them. */
type Step = "*" | ((character: string) => boolean);
const ANY_DEPTH = "**";
type Segment = Step[] | typeof ANY_DEPTH;

function segment(text: string, glob: string): Segment {
  if (text === "**") return ANY_DEPTH;
  const steps: Step[] = [];
  for (const [part] of text.matchAll(/\[!?[^\]]+\]|./gsu)) {
    if (part === "*") steps.push("*");
    else if (part === "?") steps.push(() => true);
    else if (part.length > 2 && part.startsWith("[")) steps.push(setOf(part.slice(1, -1), glob));
    else steps.push((character) => character === part);
  }
  return steps;
}

/** The characters between brackets: single ones and ranges, all others with "!" in front. */
function setOf(text: string, glob: string): (character: string) => boolean {
  const not = text.startsWith("!") && text.length > 1;
  const ranges: [string, string][] = [];
  for (const [range, from, to] of (not ? text.slice(1) : text).matchAll(/(.)-(.)|./gsu)) {
    if (from > to) throw new InputError(`${glob}: ${range} is a range that goes backwards`);
    ranges.push(from === undefined ? [range, range] : [from, to]);
  }
  return (character) => ranges.some(([from, to]) => from <= character && character <= to) !== not;
}

function matchesPath(pattern: readonly Segment[], path: readonly string[]): boolean {
  return wildcard(
    pattern,
    path,
    (part) => part === ANY_DEPTH,
    (part, name) =>
      wildcard(
        part as Step[],
        [...name],
        (step) => step === "*",
        (step, character) => (step as Exclude<Step, "*">)(character),
      ),
  );
}

/** Whether items fit a pattern in which some parts stand for any number of items: back to the last such part alone. */
function wildcard<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  isMany: (part: P) => boolean,
  fits: (part: P, item: T) => boolean,
): boolean {
  let [p, at, many, tried] = [0, 0, -1, 0];
  while (at < items.length) {
    if (p < pattern.length && isMany(pattern[p])) {
      many = p++;
      tried = at;
    } else if (p < pattern.length && fits(pattern[p], items[at])) {
      p++;
      at++;
    } else if (many >= 0) {
      p = many + 1;
      at = ++tried;
    } else return false;
  }
  while (p < pattern.length && isMany(pattern[p])) p++;
  return p === pattern.length;
}
