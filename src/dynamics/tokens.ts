/** What is known of a trace's tokens: their text and places, entropies and log-probabilities. */
import { isObject } from "../json.js";
import type { Trace } from "../traces/trace.js";

/** Tokens laid over a text, UTF-16 units [starts[i], ends[i]). */
export interface PlacedTokens {
  text: string;
  starts: ArrayLike<number>;
  ends: ArrayLike<number>;
}

/** Token ids to the text that they spell and their places in it. */
export type Decode = (ids: readonly number[]) => PlacedTokens;

export interface TokenData {
  count: number;
  /** absent where nothing says what the tokens spell: planning and execution cannot be told apart then */
  placed?: PlacedTokens;
  entropies?: number[];
  logprobs?: number[];
}

/** Why a trace's token numbers were left out. */
export type TokenFault = "tokens and their numbers differ in length" | "a log-probability above 0";

/**
 * A trace's tokens, or what is wrong with them; undefined when it has none. Places come from the token ids where
 * `decode` is given, else from a list of token texts in the record.
 */
export function tokensOf(
  trace: Trace,
  record: unknown,
  index: number,
  traces: number,
  decode?: Decode,
): TokenData | TokenFault | undefined {
  const { tokenIds, entropies, logprobs } = trace;
  const texts = tokenIds && decode ? undefined : tokenTexts(record, index, traces);
  const count = tokenIds?.length ?? texts?.length ?? entropies?.length ?? logprobs?.length;
  if (count === undefined) return undefined;
  if ([texts, entropies, logprobs].some((list) => list && list.length !== count))
    return "tokens and their numbers differ in length";
  // Rounding can leave a certain token a hair above 0
  if (logprobs?.some((logprob) => logprob > 1e-3)) return "a log-probability above 0";
  const placed = tokenIds && decode ? decode(tokenIds) : texts && placedTexts(texts);
  return { count, placed, entropies, logprobs };
}

const TEXT_FIELDS = ["tokens", "token_texts", "token_strings", "output_tokens", "response_tokens", "completion_tokens"];

/** Token texts beside the numbers: a list of strings, or OpenAI's logprobs.content[].token; per rollout where nested. */
function tokenTexts(record: unknown, index: number, traces: number): string[] | undefined {
  if (!isObject(record)) return undefined;
  for (const name of TEXT_FIELDS) {
    const found = strings(record[name], index, traces);
    if (found) return found;
  }
  const { logprobs } = record;
  const content = isObject(logprobs) ? logprobs.content : undefined;
  return Array.isArray(content)
    ? strings(
        content.map((token) => isObject(token) && token.token),
        index,
        traces,
      )
    : undefined;
}

function strings(value: unknown, index: number, traces: number): string[] | undefined {
  const list = Array.isArray(value) && Array.isArray(value[0]) && value.length === traces ? value[index] : value;
  if (!Array.isArray(list) || list.length === 0 || !list.every((item) => typeof item === "string")) return undefined;
  return traces === 1 || list !== value ? list : undefined;
}

/** Texts end to end. Vocabulary pieces are spelled out as far as word boundaries go: "Ġwait" and "▁wait" are " wait". */
function placedTexts(texts: string[]): PlacedTokens {
  const pieces = texts.some((text) => text.startsWith("Ġ") || text.startsWith("▁"));
  const spelled = pieces
    ? texts.map((text) => text.replace(/[Ġ▁]/g, " ").replace(/Ċ/g, "\n").replace(/ĉ/g, "\t"))
    : texts;
  const starts = new Int32Array(texts.length);
  const ends = new Int32Array(texts.length);
  let at = 0;
  spelled.forEach((text, i) => {
    starts[i] = at;
    at += text.length;
    ends[i] = at;
  });
  return { text: spelled.join(""), starts, ends };
}
