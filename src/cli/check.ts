/** `--check FILE`: is what is committed what mining gives? */
import { readFile } from "node:fs/promises";
import { printable } from "../errors.js";
import { diffLexicons } from "../lexicon/diff.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import { readLexicon } from "../lexicon/read.js";
import { serialise, serialiseList } from "../lexicon/write.js";
import { diffText } from "../report/diffText.js";

/**
 * What differs between a committed lexicon (or list of grams) and a mined one, for people; empty when their bytes are
 * the same, line ends apart, which version control may change.
 * @throws InputError when the file is no lexicon
 */
export async function checkAgainst(path: string, mined: Lexicon): Promise<string> {
  const committed = await readLexicon(path);
  const there = (await readFile(path, "utf8")).replaceAll("\r\n", "\n");
  const wanted = committed.lexicon ? serialise(mined) : serialiseList(mined.grams);
  if (there === wanted) return "";
  const difference = diffLexicons(committed, { path: "mined", entries: mined.entries, lexicon: mined });
  const lines = [there, wanted].map((text) => text.split("\n"));
  const first = lines[0].findIndex((line, i) => line !== lines[1][i]);
  const at = first < 0 ? lines[0].length : first;
  const shown = (line: string | undefined) =>
    line === undefined ? "end of file" : printable(line.trim()).slice(0, 80);
  return (
    diffText(difference, path, "mined", true) +
    `\n${printable(path)}:${at + 1}: first difference: ${shown(lines[0][at])} → ${shown(lines[1][at])}\n`
  );
}
