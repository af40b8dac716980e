import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEncoder } from "../../src/encoder/encoder.js";

const EMBEDDED = fileURLToPath(new URL("../../models/phrase-encoder", import.meta.url));
let cache: string;
let hub: Server;
let endpoint: string;
let asked: string[];

/** A hub with one model, someone/some-encoder. */
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "sg-mine-hub-"));
  asked = [];
  hub = createServer((request, response) => {
    asked.push(request.url!);
    const file = request.url!.replace("/someone/some-encoder/resolve/main/", "");
    const path = join(EMBEDDED, file);
    if (file === request.url || !existsSync(path)) return response.writeHead(404).end();
    createReadStream(path).pipe(response.writeHead(200));
  });
  await new Promise<void>((ready) => hub.listen(0, "127.0.0.1", ready));
  endpoint = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
});
afterEach(async () => {
  hub.closeAllConnections();
  await new Promise((closed) => hub.close(closed));
  await rm(cache, { recursive: true, force: true });
});

test("a hub model is downloaded and gives the vectors that its files give", async () => {
  const encoder = await openEncoder({ model: "someone/some-encoder", hub: { endpoint, cache } });
  const embedded = await openEncoder();
  expect([encoder.name, encoder.sha256]).toEqual(["someone/some-encoder", embedded.sha256]);
  expect(await encoder.embed(["let me try"])).toEqual(await embedded.embed(["let me try"]));
  await embedded.close();
  await encoder.close();
  expect(asked).toContain("/someone/some-encoder/resolve/main/onnx/model_quantized.onnx");
});

test("the embedded model asks nothing of any network", async () => {
  const encoder = await openEncoder({ hub: { endpoint, cache } });
  await encoder.embed(["let me try"]);
  await encoder.close();
  expect(asked).toEqual([]);
});
