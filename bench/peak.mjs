// Preloaded into a measured process: writes its peak resident memory, in KiB, to the file that BENCH_PEAK names.
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  process.on("exit", () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));
}
