import { parentPort, Worker } from "node:worker_threads";

/** A thread that answers requests in order: of the kinds in `Replies`, each with its reply. */
export interface Thread<Request extends { do: string }, Replies extends Record<Request["do"], unknown>> {
  ask<K extends Request["do"]>(request: Extract<Request, { do: K }>, transfer?: ArrayBuffer[]): Promise<Replies[K]>;
  /** requests not answered yet */
  readonly pending: number;
  /** Lets the process end though the thread lives; the next request holds the process again until `rest`. */
  rest(): void;
  stop(): Promise<unknown>;
}

/** A thread that is gone, for no fault of the input's: exit code 70. */
export class ThreadEnded extends Error {
  readonly exitCode = 70;

  constructor(
    how: string,
    readonly outOfMemory = false,
  ) {
    super(`a thread ${how}`);
  }
}

/**
 * Starts a thread. A thread that dies rejects what it was asked: nothing is lost silently.
 * @param module a compiled module that calls `serve`
 * @param setup its workerData
 */
export function startThread<Request extends { do: string }, Replies extends Record<Request["do"], unknown>>(
  module: URL,
  setup?: unknown,
): Thread<Request, Replies> {
  const worker = new Worker(compiled(module), { workerData: setup });
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
        ? new ThreadEnded("ran out of memory; give it more with NODE_OPTIONS=--max-old-space-size=MB", true)
        : error,
    ),
  );
  worker.on("messageerror", die);
  worker.on("exit", (code) => die(new ThreadEnded(`ended early (exit code ${code}); run it again`)));
  return {
    ask: (request, transfer = []) =>
      new Promise((resolve, reject) => {
        if (died) return reject(died);
        worker.ref();
        waiting.push({ resolve: resolve as (reply: unknown) => void, reject });
        worker.postMessage(request, transfer);
      }) as Promise<never>,
    get pending() {
      return waiting.length;
    },
    rest: () => worker.unref(),
    stop: () => worker.terminate(),
  };
}

/** Under a TypeScript loader modules run from src; a worker needs JavaScript. */
const compiled = (module: URL): URL => new URL(module.href.replace(/\/src\/([\w/]+)\.[jt]s$/, "/dist/$1.js"));

/** In a thread: answers requests, one reply each in their order. */
export function serve<Request>(answer: (request: Request) => unknown): void {
  const port = parentPort!;
  // a request that cannot be read here: without an answer, who asked would wait for ever
  port.on("messageerror", (error) => port.postMessage({ error }));
  port.on("message", async (request: Request) => {
    try {
      const reply = answer(request);
      port.postMessage({ reply: reply instanceof Promise ? await reply : reply });
    } catch (error) {
      // of an error's own properties none crosses to another thread
      port.postMessage({ error, exitCode: (error as { exitCode?: number }).exitCode });
    }
  });
}
