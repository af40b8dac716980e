/** Everything that is compared, measured of one text: planning in context, the lexicon's grams, and the controls. */
import { FUNCTIONS } from "../../lexicon/lexicon.js";
import { createMatcher, type GramEntry } from "../../lexicon/match.js";
import { createContextMarker, createGramMarker, type Marker } from "../../tagger/marks.js";
import type { TaggerModel } from "../../tagger/model.js";
import { createTagger } from "../../tagger/tagger.js";
import { FEATURES, featuresOf } from "./features.js";
import { createKeywordMarker, KEYWORD_LISTS } from "./keywords.js";

/** What is told to a thread that measures texts. */
export interface MeasureSetup {
  model: TaggerModel;
  entries: readonly GramEntry[];
  /** each with function and cluster of the entry that it stands for */
  placebo: readonly GramEntry[];
}

/** What is compared, in the order of a row. */
export const MARKED = ["planning", "grams", ...KEYWORD_LISTS.map(({ name }) => name), "placebo"] as const;
/** Numbers of a row: the words of the text, then FEATURES for each of MARKED. */
export const ROW = 1 + MARKED.length * FEATURES.length;

export type MeasureRequest = { do: "measure"; texts: readonly string[] };
export type MeasureReplies = { measure: Float64Array };

/** A function that measures texts: a row of ROW numbers each. */
export function createMeasure({ model, entries, placebo }: MeasureSetup): (texts: readonly string[]) => Float64Array {
  const matcher = createMatcher(entries);
  const kindsOf = (of: readonly GramEntry[]) => (entry: number) => of[entry].cluster ?? entry;
  const functionsOf = (of: readonly GramEntry[]) => (entry: number) => {
    const place = FUNCTIONS.indexOf(of[entry].function!);
    return place < 0 ? null : place;
  };
  const own = { kindOf: kindsOf(entries), functionOf: functionsOf(entries) };
  const plain = { kindOf: (entry: number) => entry, functionOf: () => null };
  const markers: { marker: Marker; kindOf: (entry: number) => number; functionOf: (entry: number) => number | null }[] =
    [
      { marker: createContextMarker(createTagger(model), matcher), ...own },
      { marker: createGramMarker(matcher), ...own },
      ...KEYWORD_LISTS.map(({ keywords }) => ({ marker: createKeywordMarker(keywords), ...plain })),
      {
        marker: createGramMarker(createMatcher(placebo)),
        kindOf: kindsOf(placebo),
        functionOf: functionsOf(placebo),
      },
    ];
  return (texts) => {
    const rows = new Float64Array(texts.length * ROW);
    texts.forEach((text, t) => {
      markers.forEach(({ marker, kindOf, functionOf }, m) => {
        const marks = marker.mark(text);
        rows[t * ROW] = marks.words;
        rows.set(featuresOf(marks, kindOf, functionOf), t * ROW + 1 + m * FEATURES.length);
      });
    });
    return rows;
  };
}
