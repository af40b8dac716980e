// How the number of different n-grams grows with the words read.

export const LONGEST = 5;
/** Of the n-grams of n words, one in so many is remembered: chosen by its hash, so that every occurrence agrees. */
const ONE_IN = [0, 1, 16, 128, 128, 128];
/** Growth is noted this often per doubling of the words. */
const NOTES = 4;

/** An integer hash of two integers (the finaliser of MurmurHash3). */
export function mix(a, b) {
  let h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b) + 0x7f4a7c15;
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  return h ^ (h >>> 13);
}

/**
 * Counts the different n-grams of 1 to 5 words, within clauses, as word numbers come in.
 * `distinct[n]` is the estimate, `notes` the growth so far: { words, distinct }.
 */
export function createGrowth() {
  const seen = ONE_IN.map(() => new Set());
  const high = new Int32Array(LONGEST + 1);
  const low = new Int32Array(LONGEST + 1);
  const growth = { words: 0, distinct: new Float64Array(LONGEST + 1), notes: [], add };
  let longest = 0;
  let next = 4096;

  /** @param opens whether the word opens a clause */
  function add(word, opens) {
    if (opens) longest = 0;
    if (longest < LONGEST) longest++;
    for (let n = longest; n >= 1; n--) {
      high[n] = mix(high[n - 1], word);
      low[n] = mix(low[n - 1], ~word);
      if (ONE_IN[n] > 1 && high[n] & (ONE_IN[n] - 1)) continue;
      const set = seen[n];
      const before = set.size;
      set.add((high[n] >>> 0) * 2 ** 21 + (low[n] & 0x1fffff));
      if (set.size > before) growth.distinct[n] += ONE_IN[n];
    }
    if (++growth.words < next) return;
    growth.notes.push({ words: growth.words, distinct: growth.distinct.slice() });
    next = Math.ceil(next * 2 ** (1 / NOTES));
  }
  return growth;
}

/**
 * The growth to expect of problems of a kind: the mean over orders of the problems, since one problem whose trace
 * loops for long bends the curve of one order.
 * @param visit visit(order, add) calls add(word, opens) for every word, problems in the order of that number
 */
export function meanNotes(visit, orders = 5) {
  const all = Array.from({ length: orders }, (_, order) => {
    const growth = createGrowth();
    visit(order, growth.add);
    return growth.notes;
  });
  return all[0].map(({ words }, i) => ({
    words,
    distinct: all[0][i].distinct.map((_, n) => all.reduce((sum, notes) => sum + notes[i].distinct[n], 0) / orders),
  }));
}

/**
 * How many different n-grams to expect after `words` words: between two notes the power law through them (Heaps' law),
 * beyond the last the one through the last three doublings.
 */
export function expected(notes, n, words) {
  const last = notes.length - 1;
  let i = notes.findIndex((note) => note.words > words);
  let from = i - 1;
  if (i < 0) {
    i = last;
    from = Math.max(0, last - 3 * NOTES);
  }
  if (from < 0) return (notes[i].distinct[n] * words) / notes[i].words;
  const [a, b] = [notes[from], notes[i]];
  const exponent = Math.log(b.distinct[n] / a.distinct[n]) / Math.log(b.words / a.words);
  return b.distinct[n] * (words / b.words) ** exponent;
}
