/**
 * The move model: how much the words of a gram look like a planning move, as log odds. A linear model over the gram's
 * words, their neighbours and their place in it, so that every score can be read off its weights. It is fitted on
 * grams whose *use* in reasoning traces gives them away (see signature.ts), never on labels or phrase lists.
 */
export interface MoveModel {
  bias: number;
  weights: ReadonlyMap<string, number>;
}

const RARE_WORD = "<rare>";

/** The parts of a contraction ("i'll": "i", "'ll"), so that a rare one is known by them; other words are whole. */
function partsOf(word: string): string[] {
  const apostrophe = word.indexOf("'");
  return apostrophe > 0 ? [word.slice(0, apostrophe), word.slice(apostrophe)] : [word];
}

/**
 * The features of a gram: its words and their parts, neighbouring pairs, pairs one word apart, its last word as such
 * and, where it opens a clause, its first two words, and its first two parts, as such.
 */
function featuresOf(words: readonly string[], opens: boolean): Set<string> {
  const parts = words.flatMap(partsOf);
  const features = new Set<string>([...words, ...parts]);
  features.add(`${words[words.length - 1]}$`);
  for (let i = 1; i < words.length; i++) features.add(`${words[i - 1]} ${words[i]}`);
  for (let i = 2; i < words.length; i++) features.add(`${words[i - 2]} … ${words[i]}`);
  if (opens) {
    features.add(`^${words[0]}`);
    features.add(`^${words.slice(0, 2).join(" ")}`);
    if (words.length > 1) features.add(`^…${words[1]}`);
    features.add(`^${parts[0]}`);
    features.add(`^${parts.slice(0, 2).join(" ")}`);
  }
  return features;
}

/** How many of a gram's words are rare: not known, nor all their parts. */
function rareWords(words: readonly string[], isKnown: (word: string) => boolean): number {
  let rare = 0;
  for (const word of new Set(words)) {
    const parts = partsOf(word);
    if (!isKnown(word) && !(parts.length > 1 && parts.every(isKnown))) rare++;
  }
  return rare;
}

/** Log odds that a gram that opens clauses is a planning move. A word that the model hardly met counts as content. */
export function moveLogit(model: MoveModel, words: readonly string[]): number {
  let logit = model.bias;
  for (const feature of featuresOf(words, true)) logit += model.weights.get(feature) ?? 0;
  return logit + rareWords(words, (word) => model.weights.has(word)) * (model.weights.get(RARE_WORD) ?? 0);
}

/** A gram to learn from. */
export interface Example {
  words: readonly string[];
  move: boolean;
  /** whether it stands for its occurrences at the beginning of clauses */
  opens: boolean;
  weight: number;
}

/** A feature must stand in this many grams to get a weight. */
const LEAST_GRAMS = 8;
/** Strength of the data against the L2 penalty: low, so that a weight needs many grams behind it. */
const DATA_STRENGTH = 0.02;
const STEPS = 600;

/**
 * Fits the model by L2-regularised logistic regression, moves and others weighing the same in all (Nesterov's
 * accelerated gradient from zero, fixed steps: the same examples in the same order give the same bits).
 */
export function fitMoves(examples: readonly Example[]): MoveModel {
  const featured = examples.map(({ words, opens }) => featuresOf(words, opens));
  const counts = new Map<string, number>();
  for (const features of featured) for (const feature of features) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  const names = [RARE_WORD, ...[...counts].filter(([, count]) => count >= LEAST_GRAMS).map(([name]) => name)];
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const rows = featured.map((features, g) => {
    const row = [...features].flatMap((feature) => indexOf.get(feature) ?? []);
    const rare = rareWords(examples[g].words, (word) => indexOf.has(word));
    return Int32Array.from([...row, ...new Array<number>(rare).fill(0)]);
  });
  const massOf = (move: boolean) => examples.reduce((sum, e) => sum + (e.move === move ? e.weight : 0), 0);
  const mass = { move: massOf(true), other: massOf(false) };
  const target = (g: number) => (examples[g].move ? 1 : 0);
  const importance = (g: number) =>
    (((DATA_STRENGTH * (mass.move + mass.other)) / 2) * examples[g].weight) /
    (examples[g].move ? mass.move : mass.other);

  // The step is one over the largest curvature, found by power iteration on Xᵀ S X / 4; the last column is the bias.
  const size = names.length + 1;
  const product = (weights: Float64Array, row: Int32Array) => {
    let sum = weights[size - 1];
    for (const f of row) sum += weights[f];
    return sum;
  };
  const addTo = (gradient: Float64Array, row: Int32Array, amount: number) => {
    gradient[size - 1] += amount;
    for (const f of row) gradient[f] += amount;
  };
  let direction = new Float64Array(size).fill(1 / Math.sqrt(size));
  let curvature = 1;
  for (let step = 0; step < 20; step++) {
    const image = new Float64Array(size);
    rows.forEach((row, g) => {
      addTo(image, row, (importance(g) / 4) * product(direction, row));
    });
    curvature = Math.sqrt(image.reduce((sum, x) => sum + x * x, 0));
    direction = image.map((x) => x / curvature);
  }

  const weights = new Float64Array(size);
  const ahead = new Float64Array(size);
  const rate = 1 / (1 + 1.05 * curvature);
  for (let step = 1; step <= STEPS; step++) {
    const gradient = ahead.slice();
    gradient[size - 1] = 0; // the bias is not penalised
    rows.forEach((row, g) => {
      addTo(gradient, row, importance(g) * (sigmoid(product(ahead, row)) - target(g)));
    });
    const momentum = (step - 1) / (step + 2);
    for (let f = 0; f < size; f++) {
      const next = ahead[f] - rate * gradient[f];
      ahead[f] = next + momentum * (next - weights[f]);
      weights[f] = next;
    }
  }
  const rounded = (x: number) => Math.round(x * 1000) / 1000;
  return {
    bias: rounded(weights[size - 1]),
    weights: new Map(names.map((name, f) => [name, rounded(weights[f])])),
  };
}

export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
