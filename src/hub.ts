/** Names → files: models and tokenizers of the Hugging Face hub, found on this machine or downloaded. */
import { createWriteStream, existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError } from "./errors.js";
import { replaceFile } from "./replace.js";

/** Where names are looked up. Nothing is read from the environment here. */
export interface Hub {
  /** its address (default: https://huggingface.co) */
  endpoint?: string;
  /** sent to that address alone */
  token?: string;
  /** never download */
  offline?: boolean;
  /** Hugging Face's own cache on this machine: looked into first, never written */
  shared?: string;
  /** the folder in which downloads are kept and found again */
  cache?: string;
  /** makes a folder for downloads where no cache is named; whoever hands it in removes it */
  temporary?: () => Promise<string>;
  /** says what is being downloaded */
  onDownload?: (message: string) => void;
}

/** A file of a model: the first of these names that is there. */
export interface Wanted {
  names: readonly string[];
  optional?: boolean;
}

const HUGGING_FACE = "https://huggingface.co";
/** Both parts begin with a letter or digit: a name is never a path that leads elsewhere. */
const NAME = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/**
 * The folder with the files of a model that the user named as OWNER/NAME: in Hugging Face's cache, among earlier
 * downloads, else downloaded.
 * @throws InputError when it is not to be had: offline, no such model, no access, no network
 */
export async function modelFolder(name: string, wanted: readonly Wanted[], hub: Hub = {}): Promise<string> {
  const complete = (folder: string) =>
    wanted.every(({ names, optional }) => optional || names.some((file) => existsSync(join(folder, file))));
  for (const folder of await snapshots(name, hub.shared)) if (complete(folder)) return folder;
  if (!NAME.test(name))
    throw new InputError(`${name}: no such folder; name one, or a model of the Hugging Face hub as OWNER/NAME`);
  if (hub.cache !== undefined && complete(kept(hub.cache, name))) return kept(hub.cache, name);
  if (hub.offline)
    throw new InputError(
      `${name}: neither a folder nor in a cache of this machine, and HF_HUB_OFFLINE forbids downloads; name a folder`,
    );
  const target = hub.cache ?? (await hub.temporary?.());
  if (target === undefined) throw new InputError(`${name}: no such folder; to download it, name a folder for a cache`);
  const folder = kept(target, name);
  for (const { names, optional } of wanted) {
    let found = false;
    for (const file of names) if (!found) found = await fetchFile(name, file, folder, hub);
    if (!found && !optional)
      throw new InputError(`${name}: the hub has no ${names.join(" or ")} for this model; check the name`);
  }
  return folder;
}

const kept = (cache: string, name: string) => join(cache, "models", name);

/** The model's snapshots in Hugging Face's cache, the one that its branch "main" stands at first. */
async function snapshots(name: string, shared: string | undefined): Promise<string[]> {
  if (shared === undefined || !/^[\w.-]+(?:\/[\w.-]+)?$/.test(name)) return [];
  const folder = join(shared, `models--${name.replace("/", "--")}`);
  const main = await readFile(join(folder, "refs/main"), "utf8").then(
    (text) => text.trim(),
    () => "",
  );
  const all = (await readdir(join(folder, "snapshots")).catch(() => [])).sort();
  return [...all.filter((one) => one === main), ...all.filter((one) => one !== main)].map((one) =>
    join(folder, "snapshots", one),
  );
}

/** Fetches one file, whole or not at all; false when the hub does not have it. */
async function fetchFile(name: string, file: string, folder: string, hub: Hub): Promise<boolean> {
  const path = join(folder, file);
  if (existsSync(path)) return true;
  const url = `${hub.endpoint ?? HUGGING_FACE}/${name}/resolve/main/${file}`;
  const failed = (why: string, cause?: unknown) =>
    new InputError(`${name}: cannot download ${url}: ${why}, or name a folder of this machine`, { cause });
  try {
    const response = await fetch(url, { headers: hub.token ? { authorization: `Bearer ${hub.token}` } : {} });
    if (response.status === 404) return false;
    if (response.status === 401)
      throw failed(
        hub.token
          ? "HTTP 401, the hub does not take the token in HF_TOKEN; renew it"
          : "HTTP 401, the hub wants to know who asks; set HF_TOKEN if the model is private or gated, else check the name",
      );
    if (response.status === 403)
      throw failed(
        `HTTP 403, ${hub.token ? "the token in HF_TOKEN has" : "without HF_TOKEN you have"} no access; ask for it on the model's page`,
      );
    if (!response.ok || !response.body) throw failed(`HTTP ${response.status}; try again later`);
    const size = Number(response.headers.get("content-length"));
    hub.onDownload?.(`downloading ${url}${size ? ` (${(size / 1e6).toFixed(1)} MB)` : ""}`);
    const { body } = response;
    await replaceFile(path, async (temporary) => {
      await pipeline(Readable.fromWeb(body as never), createWriteStream(temporary));
      if (file.endsWith(".json")) requireJson(await readFile(temporary, "utf8"));
    });
    return true;
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { cause, message } = error as Error & { cause?: Error };
    throw failed(`${cause?.message || message}; check the network`, error);
  }
}

/** A page that stands in for the hub, of a proxy or a login, must not be kept as a model's file. */
function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new Error("what came is not JSON");
  }
}
