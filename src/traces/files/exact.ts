/**
 * Numbers that a double cannot hold are kept as their text, so that ids stay apart: 9007199254740993 is not
 * 9007199254740992, nor 1e400 Infinity.
 */

/** A number as JSON writes one, or its text where a double does not give it back. */
export function exactNumber(text: string): number | string {
  const value = Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : text;
  return Number.isFinite(value) && digitsOf(String(value)) === digitsOf(text) ? value : text;
}

/** Digits without leading and trailing zeros, and where the point stands before them: equal for equal numbers. */
function digitsOf(text: string): string {
  const [, sign, whole, part = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const all = whole + part;
  const digits = all.replace(/^0+/, "").replace(/0+$/, "");
  if (digits === "") return "0";
  return `${sign}${digits}e${BigInt(power) + BigInt(whole.length - (all.length - all.replace(/^0+/, "").length))}`;
}

/** What may be such a number: where a value begins, 16 digits, or a power of three digits. */
const LONG_NUMBER = /(?:^|[[:,])\s*-?(?:[\d.]{16}|[\d.]+[eE][-+]?\d{3})/;
/** The least that LONG_NUMBER needs beside 16 digits: most texts have neither, which is quickly seen. */
const POWER = /[\d.][eE][-+]?\d{3}/;
const NUMBER = /-?\d[\d.eE+-]*/y;
const IS_NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const [QUOTE, BACKSLASH, MINUS, POINT, ZERO, NINE] = [34, 92, 45, 46, 48, 57];

/** JSON with such numbers as strings; undefined where there are none. What is no JSON stays none. */
export function withExactNumbers(json: string): string | undefined {
  if (!(hasLongRun(json) || POWER.test(json)) || !LONG_NUMBER.test(json)) return undefined;
  const out: string[] = [];
  let from = 0;
  for (let at = 0; at < json.length; ) {
    const c = json.charCodeAt(at);
    if (c === QUOTE) at = endOfString(json, at);
    else if (c === MINUS || (c >= ZERO && c <= NINE)) {
      NUMBER.lastIndex = at;
      const [token] = NUMBER.exec(json)!;
      if (IS_NUMBER.test(token) && typeof exactNumber(token) === "string") {
        out.push(json.slice(from, at), `"${token}"`);
        from = at + token.length;
      }
      at += token.length;
    } else at++;
  }
  if (from === 0) return undefined;
  out.push(json.slice(from));
  return out.join("");
}

/** Whether 16 digits and points stand in a row: then one of them stands at a place that is looked at, of 16 one. */
function hasLongRun(text: string): boolean {
  const isDigit = (at: number) => {
    const c = text.charCodeAt(at);
    return (c >= ZERO && c <= NINE) || c === POINT;
  };
  for (let at = 15; at < text.length; at += 16) {
    if (!isDigit(at)) continue;
    let [first, last] = [at, at];
    while (isDigit(first - 1)) first--;
    while (last - first < 15 && isDigit(last + 1)) last++;
    if (last - first >= 15) return true;
  }
  return false;
}

/** Behind the string that begins with the quote here. */
function endOfString(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); ; end = json.indexOf('"', end + 1)) {
    if (end < 0) return json.length;
    let slash = end;
    while (json.charCodeAt(slash - 1) === BACKSLASH) slash--;
    if ((end - slash) % 2 === 0) return end + 1;
  }
}
