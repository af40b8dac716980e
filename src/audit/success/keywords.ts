/**
 * Lists of keywords that trainers log as signs of reflection: compared with, and nothing else. No list decides what
 * enters a lexicon.
 */
import type { Marker } from "../../tagger/marks.js";
import { createWords, scan } from "../../text/words.js";

export interface KeywordList {
  name: string;
  /** where it is published */
  source: string;
  keywords: readonly string[];
}

export const KEYWORD_LISTS: readonly KeywordList[] = [
  {
    name: "oat-zero",
    source: "github.com/sail-sg/oat-zero, analysis/eval_self_reflect.py",
    keywords: [
      ..."recheck,rethink,reevaluate,re-evaluate,reevaluation,re-examine,reexamine".split(","),
      ..."try again,check again,think again,go over the steps".split(","),
    ],
  },
  {
    name: "understand-r1-zero",
    source: "github.com/sail-sg/understand-r1-zero, keyword pool of its count of self-reflections",
    keywords: [
      ..."recheck,rethink,reassess,reevaluate,re-evaluate,reevaluation,re-examine,reexamine,reconsider".split(","),
      ..."reanalyze,double-check,check again,think again,verify again,go over the steps".split(","),
    ],
  },
  {
    name: "MAYE",
    source: "github.com/GAIR-NLP/MAYE, recipes/full_ppo_vllm_distributed.py",
    keywords: [
      ..."re-check,re-evaluate,re-examine,re-think,recheck,reevaluate,reexamine,reevaluation,rethink".split(","),
      ..."check again,think again,try again,verify,wait,yet".split(","),
    ],
  },
];

/** Marks keywords as those who log them count them: wherever they stand in the lower-cased text, inside words too. */
export function createKeywordMarker(keywords: readonly string[]): Marker {
  const pattern = new RegExp(keywords.map((keyword) => keyword.replace(/[^\w\s]/g, "\\$&")).join("|"), "gi");
  const entryOf = new Map(keywords.map((keyword, entry) => [keyword, entry]));
  const words = createWords();
  return {
    words,
    mark(text) {
      scan(text, words, "characters");
      const inside = new Uint8Array(words.length);
      let word = 0;
      const marks = [...text.matchAll(pattern)].map(({ 0: found, index: start }) => {
        const end = start + found.length;
        while (word < words.length && words.end[word] <= start) word++;
        const first = word;
        let last = word - 1;
        while (last + 1 < words.length && words.start[last + 1] < end) inside[++last] = 1;
        return { first, last, start, end, entry: entryOf.get(found.toLowerCase())! };
      });
      const planningWords = inside.reduce((sum, bit) => sum + bit, 0);
      return { marks, words: words.length, planningWords, coveredWords: planningWords };
    },
  };
}
