/** What a thread that marks texts is told, and the marker that it makes of it. */
import { createMatcher, type GramEntry } from "../lexicon/match.js";
import { createContextMarker, createGramMarker, type Marker, type Marks, type Way } from "../tagger/marks.js";
import type { TaggerModel } from "../tagger/model.js";
import { createTagger } from "../tagger/tagger.js";

/** What texts are marked by. */
export interface MarkingSetup {
  by: Way;
  /** the lexicon's, none for the tagger alone */
  entries?: readonly GramEntry[];
  /** by context */
  model?: TaggerModel;
}

export type MarkRequest = { do: "mark"; texts: readonly string[] };
export type MarkReplies = { mark: Marks[] };

export function markerOf({ by, entries, model }: MarkingSetup): Marker {
  const matcher = entries && createMatcher(entries);
  return by === "grams" ? createGramMarker(matcher!) : createContextMarker(createTagger(model!), matcher);
}
