import { Worker } from "node:worker_threads";
import type { Replies, Request, WorkerSetup } from "./worker.js";

/** A thread that answers requests in order. */
export interface Thread {
  ask<K extends keyof Replies>(request: Extract<Request, { do: K }>, transfer?: ArrayBuffer[]): Promise<Replies[K]>;
  /** requests not answered yet */
  readonly pending: number;
  stop(): Promise<unknown>;
}

// Under a TypeScript loader this file runs from src; a worker needs JavaScript.
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "../../dist/grams/worker.js" : "./worker.js", import.meta.url);

/** Starts a thread. A thread that dies rejects what it was asked: nothing is lost silently. */
export function startThread(setup: WorkerSetup): Thread {
  const worker = new Worker(WORKER, { workerData: setup });
  const waiting: { resolve(reply: unknown): void; reject(error: unknown): void }[] = [];
  let died: Error | undefined;
  const die = (error: Error) => {
    died ??= error;
    for (const { reject } of waiting.splice(0)) reject(died);
  };
  worker.on("message", (message: { reply?: unknown; error?: unknown }) => {
    const { resolve, reject } = waiting.shift()!;
    if (message.error !== undefined) reject(message.error);
    else resolve(message.reply);
  });
  worker.on("error", (error) => die(error as Error));
  worker.on("exit", (code) => die(new Error(`a counting thread ended early (exit code ${code})`)));
  return {
    ask: (request, transfer = []) =>
      new Promise((resolve, reject) => {
        if (died) return reject(died);
        waiting.push({ resolve: resolve as (reply: unknown) => void, reject });
        worker.postMessage(request, transfer);
      }) as Promise<never>,
    get pending() {
      return waiting.length;
    },
    stop: () => worker.terminate(),
  };
}
