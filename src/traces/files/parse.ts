/** JSON as Python's json module writes it: NaN and Infinity are no JSON, and numbers are of any length. */
import { MOST_LEVELS, pruned } from "../../json.js";
import { withExactNumbers } from "./exact.js";

const [QUOTE, BACKSLASH] = [34, 92];

/**
 * Parses JSON; NaN becomes null, Infinity and -Infinity the numbers they are, numbers beyond a double's their text, and
 * what lies deeper than MOST_LEVELS null.
 * @throws SyntaxError as JSON.parse does
 */
export function parseJson(text: string): unknown {
  const value = parsed(text);
  // a level takes two characters
  return text.length > 2 * MOST_LEVELS ? pruned(value) : value;
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const exact = withExactNumbers(text);
    return exact === undefined ? value : JSON.parse(exact);
  } catch (error) {
    const plain = /NaN|Infinity/.test(text) ? withoutNaN(withExactNumbers(text) ?? text) : undefined;
    if (plain === undefined) throw error;
    try {
      return JSON.parse(plain);
    } catch {
      throw error;
    }
  }
}

/** The text with Python's three words spelled as JSON can; undefined where none stands outside of a string. */
function withoutNaN(text: string): string | undefined {
  const out: string[] = [];
  let from = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (inString) {
      if (c === BACKSLASH) at++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    // N of NaN, I of Infinity
    else if (c === 78 && text.startsWith("NaN", at)) {
      out.push(text.slice(from, at), "null");
      from = at + 3;
      at += 2;
    } else if (c === 73 && text.startsWith("Infinity", at)) {
      out.push(text.slice(from, at), "1e999");
      from = at + 8;
      at += 7;
    }
  }
  if (out.length === 0) return undefined;
  out.push(text.slice(from));
  return out.join("");
}
