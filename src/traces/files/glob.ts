import { normalize, sep } from "node:path";

export function isGlob(name: string): boolean {
  return /[*?]|\[[^\]]+\]|\{[^}]*\}/.test(name);
}

/**
 * A glob with `*`, `?`, `**`, `[abc]`, `[!abc]` and `{a,b}`, for quoted patterns that the shell has not expanded.
 * @returns the folder to look under, how many levels of it, and a test of paths as found there
 */
export function globPattern(glob: string): { base: string; depth: number; matches: (path: string) => boolean } {
  const segments = normalize(glob).split(sep);
  const fixed = segments.findIndex(isGlob);
  const depth = glob.includes("**") ? Number.POSITIVE_INFINITY : segments.length - fixed;
  const base = segments.slice(0, fixed).join(sep) || (glob.startsWith(sep) ? sep : ".");
  const patterns = braces(normalize(glob)).map((one) => new RegExp(`^${source(one)}$`, "u"));
  return { base, depth, matches: (path) => patterns.some((pattern) => pattern.test(path.split(sep).join("/"))) };
}

/** "a{b,c}" → "ab", "ac". */
function braces(glob: string): string[] {
  const found = /\{([^{}]*)\}/.exec(glob);
  if (!found) return [glob];
  const [before, after] = [glob.slice(0, found.index), glob.slice(found.index + found[0].length)];
  return found[1]!.split(",").flatMap((part) => braces(before + part + after));
}

function source(glob: string): string {
  let out = "";
  const pattern = glob.split(sep).join("/");
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    const set = c === "[" ? /^\[(!?)([^\]]+)\]/.exec(pattern.slice(i)) : null;
    if (set) {
      out += `[${set[1] ? "^" : ""}${set[2]!.replace(/[\\^[]/g, "\\$&")}]`;
      i += set[0].length - 1;
    } else if (pattern.startsWith("**/", i)) {
      out += "(?:[^/]+/)*";
      i += 2;
    } else if (c === "*") {
      out += pattern.startsWith("**", i) ? ".*" : "[^/]*";
      if (pattern.startsWith("**", i)) i++;
    } else if (c === "?") out += "[^/]";
    else out += c.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
  }
  return out;
}
