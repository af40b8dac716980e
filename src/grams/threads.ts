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

/** A thread that is gone, for no fault of the input's: exit code 70. */
class ThreadEnded extends Error {
  readonly exitCode = 70;

  constructor(how: string) {
    super(`a counting thread ${how}`);
  }
}

/** Starts a thread. A thread that dies rejects what it was asked: nothing is lost silently. */
export function startThread(setup: WorkerSetup): Thread {
  const worker = new Worker(WORKER, { workerData: setup });
  const waiting: { resolve(reply: unknown): void; reject(error: unknown): void }[] = [];
  let died: Error | undefined;
  const die = (error: Error) => {
    died ??= error;
    for (const { reject } of waiting.splice(0)) reject(died);
  };
  worker.on("message", (message: { reply?: unknown; error?: Error; exitCode?: number }) => {
    const { resolve, reject } = waiting.shift()!;
    const { error, exitCode } = message;
    if (error !== undefined) reject(exitCode === undefined ? error : Object.assign(error, { exitCode }));
    else resolve(message.reply);
  });
  worker.on("error", (error: NodeJS.ErrnoException) =>
    die(
      error.code === "ERR_WORKER_OUT_OF_MEMORY"
        ? new ThreadEnded("ran out of memory; give it more with NODE_OPTIONS=--max-old-space-size=MB")
        : error,
    ),
  );
  worker.on("exit", (code) => die(new ThreadEnded(`ended early (exit code ${code}); run it again`)));
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
