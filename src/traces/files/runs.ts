/** Beyond its count a run may be padded, to a multiple of eight as a rule; what goes on longer is damage. */
const PADDING = 2 ** 16;

/**
 * Walks the run headers of parquet's run-length / bit-packing hybrid without decoding the values. hyparquet believes
 * them: a damaged one makes it write gigabytes of one value, or count down from below zero for ever.
 * @param width bits per value
 * @param count values wanted
 * @param end where the runs end at the latest
 * @throws Error when a run holds more values than are wanted
 */
export function checkRuns(view: DataView, from: number, end: number, width: number, count: number): void {
  let at = from;
  for (let seen = 0; seen < count && at < end; ) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end) return; // too short: the decoder says so itself
      const byte = view.getUint8(at++);
      header |= (byte & 127) << shift;
      if (byte < 128) break;
      if (shift === 28) throw new Error("a run without an end");
    }
    const packed = (header & 1) === 1;
    const values = (header >>> 1) * (packed ? 8 : 1);
    if (header < 0 || values > count - seen + PADDING)
      throw new Error(`a run of ${values} values in a page of ${count}`);
    at += packed ? (header >>> 1) * width : (width + 7) >> 3;
    seen += values;
  }
}
