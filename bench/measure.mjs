import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs a script in its own process.
 * @returns seconds of the whole process; peak memory in MiB; output
 * @throws Error when it fails, with what it wrote to standard error
 */
export async function measure(script, args) {
  const folder = mkdtempSync(join(tmpdir(), "sg-mine-bench-"));
  try {
    const peak = join(folder, "peak");
    const started = performance.now();
    const child = spawn(process.execPath, ["--import", new URL("peak.mjs", import.meta.url).href, script, ...args], {
      env: { ...process.env, BENCH_PEAK: peak },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = [];
    const errors = [];
    child.stdout.on("data", (data) => output.push(data));
    child.stderr.on("data", (data) => errors.push(data));
    const code = await new Promise((resolve) => child.on("close", resolve));
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0) throw new Error(`${script} ${args.join(" ")}: exit code ${code}\n${Buffer.concat(errors)}`);
    return {
      seconds,
      peak: Number(readFileSync(peak, "utf8")) / 1024,
      output: Buffer.concat(output).toString(),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
