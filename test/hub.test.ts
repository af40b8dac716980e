import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../src/errors.js";
import { modelFolder, type Wanted } from "../src/hub.js";

const WANTED: Wanted[] = [
  { names: ["config.json"] },
  { names: ["pooling.json"], optional: true },
  { names: ["first.onnx", "second.onnx"] },
];
let folder: string;
let cache: string;
let server: Server;
let endpoint: string;
let asked: IncomingMessage[];
/** what the hub answers, by path; 404 for others */
let answers: Record<string, { status?: number; body?: string }>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sg-mine-hub-"));
  cache = join(folder, "cache");
  asked = [];
  answers = {
    "/some/model/resolve/main/config.json": { body: "{}" },
    "/some/model/resolve/main/second.onnx": { body: "onnx" },
  };
  server = createServer((request, response) => {
    asked.push(request);
    const { status = 200, body = "" } = answers[request.url!] ?? { status: 404 };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

describe("a name of the hub", () => {
  it("is downloaded once into the cache, each file's first name that the hub has", async () => {
    const said: string[] = [];
    const hub = { endpoint, cache, onDownload: (message: string) => said.push(message) };
    const found = await modelFolder("some/model", WANTED, hub);
    expect(found).toBe(join(cache, "models/some/model"));
    expect(readdirSync(found).sort()).toEqual(["config.json", "second.onnx"]);
    expect(said.length).toBe(2);
    asked = [];
    expect(await modelFolder("some/model", WANTED, { endpoint, cache, offline: true })).toBe(found);
    expect(asked).toEqual([]);
  });

  it("is downloaded into a temporary folder where no cache is named, and nowhere without either", async () => {
    const temporary = async () => join(folder, "temporary");
    const found = await modelFolder("some/model", WANTED, { endpoint, temporary });
    expect(found).toBe(join(folder, "temporary/models/some/model"));
    asked = [];
    await expect(modelFolder("some/model", WANTED, { endpoint })).rejects.toThrow(/name a folder for a cache/);
    expect(asked).toEqual([]);
  });

  it("is first looked up in Hugging Face's own cache, at the revision of main, and only if all is there", async () => {
    const shared = join(folder, "shared");
    const model = join(shared, "models--some--model");
    for (const revision of ["aaa", "bbb", "ccc"]) {
      mkdirSync(join(model, "snapshots", revision), { recursive: true });
      writeFileSync(join(model, "snapshots", revision, "config.json"), "{}");
    }
    for (const revision of ["aaa", "bbb"]) writeFileSync(join(model, "snapshots", revision, "first.onnx"), "onnx");
    mkdirSync(join(model, "refs"));
    const at = async (main: string) => {
      writeFileSync(join(model, "refs/main"), main);
      return modelFolder("some/model", WANTED, { endpoint, shared, offline: true });
    };
    expect(await at("bbb\n")).toBe(join(model, "snapshots/bbb"));
    expect(await at("ccc")).toBe(join(model, "snapshots/aaa"));
    expect(asked).toEqual([]);
  });

  it("gets the token, and what the hub says of access is passed on", async () => {
    await modelFolder("some/model", WANTED, { endpoint, cache, token: "secret" });
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(asked.map(() => "Bearer secret"));
    const config = "/other/model/resolve/main/config.json";
    const failure = async (status: number, token?: string) => {
      answers[config] = { status };
      const error = await modelFolder("other/model", WANTED, { endpoint, cache, token }).catch((error) => error);
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).not.toContain("secret");
      return error.message;
    };
    expect(await failure(401)).toMatch(/^other\/model: cannot download .*HTTP 401, .*set HF_TOKEN/);
    expect(await failure(401, "secret")).toMatch(/HTTP 401, .*does not take the token in HF_TOKEN/);
    expect(await failure(403, "secret")).toMatch(/HTTP 403, .*no access/);
    expect(await failure(503)).toMatch(/HTTP 503; try again later/);
    delete answers[config];
    expect(await failure(404)).toMatch(/the hub has no config.json for this model; check the name/);
  });

  it("keeps no page that stands in for the hub, and no half of a file", async () => {
    answers["/some/model/resolve/main/config.json"] = { body: "<html>Log in</html>" };
    await expect(modelFolder("some/model", WANTED, { endpoint, cache })).rejects.toThrow(/what came is not JSON/);
    expect(existsSync(join(cache, "models/some/model")) && readdirSync(join(cache, "models/some/model"))).toEqual([]);
    await expect(modelFolder("some/model", WANTED, { endpoint: "http://127.0.0.1:9", cache })).rejects.toThrow(
      /^some\/model: cannot download .*check the network, or name a folder/,
    );
  });

  it("is never a path, and offline nothing is asked", async () => {
    for (const name of ["../x", "x/..", "/etc/passwd", "..", "a/b/c", "https://x/y", "name", ".a/b", "a/.b"])
      await expect(modelFolder(name, WANTED, { endpoint, cache, shared: folder }), name).rejects.toThrow(
        /no such folder; name one, or a model of the Hugging Face hub as OWNER\/NAME/,
      );
    await expect(modelFolder("some/model", WANTED, { endpoint, cache, offline: true })).rejects.toThrow(
      /HF_HUB_OFFLINE forbids downloads/,
    );
    expect(asked).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("no stage reads the environment", () => {
    const sources = readdirSync(join(import.meta.dirname, "../src"), { recursive: true, encoding: "utf8" });
    for (const file of sources.filter((file) => file.endsWith(".ts") && !file.startsWith("cli/")))
      expect(readFileSync(join(import.meta.dirname, "../src", file), "utf8"), file).not.toMatch(
        /process\.(?:env|argv|cwd|exit|std(?:in|out|err))\b/,
      );
  });
});
