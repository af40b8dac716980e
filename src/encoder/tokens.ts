import type { Model } from "./model.js";

type Step = { type?: string; prepend_scheme?: string; add_prefix_space?: boolean; split?: boolean } | null | undefined;

/** Steps that treat a word alike wherever it stands, so that a phrase's tokens are those of its words in a row. */
const PER_CHARACTER = new Set(["Lowercase", "BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "StripAccents"]);
const PER_WORD = new Set(["WhitespaceSplit", "Whitespace", "BertPreTokenizer"]);

/**
 * From a phrase to its token ids, special tokens included, never empty. Where the tokenizer splits at spaces each
 * distinct word is tokenised once, which gives the same ids many times faster.
 */
export function tokenIds({ tokenizer, tokenizerFile, maxTokens }: Model): (phrase: string) => number[] {
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false });
  const body = splitsAtSpaces(tokenizerFile as never) ? wordByWord(encode) : encode;

  const whole = tokenizer.encode("a");
  const inner = encode("a");
  const at = whole.findIndex((_, start) => inner.every((id, i) => whole[start + i] === id));
  const before = whole.slice(0, at);
  const after = whole.slice(at + inner.length);
  const most = maxTokens - before.length - after.length;
  const unknown = tokenizer.unk_token_id ?? 0;

  return (phrase) => {
    const ids = body(phrase);
    return [...before, ...(ids.length > 0 ? ids.slice(0, most) : [unknown]), ...after];
  };
}

function wordByWord(encode: (text: string) => number[]): (phrase: string) => number[] {
  const known = new Map<string, number[]>();
  return (phrase) => {
    const ids: number[] = [];
    for (const word of phrase.split(" ")) {
      let pieces = known.get(word);
      if (!pieces) {
        pieces = encode(word);
        known.set(word, pieces);
      }
      ids.push(...pieces);
    }
    return ids;
  };
}

/** Whether a phrase's tokens are the tokens of its words one after the other, by the steps in tokenizer.json. */
export function splitsAtSpaces(file: { pre_tokenizer?: Step; normalizer?: Step }): boolean {
  const { pre_tokenizer: split, normalizer } = file;
  if (normalizer && !PER_CHARACTER.has(normalizer.type ?? "")) return false;
  if (split?.type === "Metaspace") {
    return split.split !== false && (split.prepend_scheme === "always" || split.add_prefix_space === true);
  }
  return PER_WORD.has(split?.type ?? "");
}
