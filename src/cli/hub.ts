import { mkdtemp } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Hub } from "../hub.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { removeAtEnd } from "./leftovers.js";

/**
 * The hub as the environment has it (HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_CACHE, HF_HOME), with what is
 * downloaded in `cache`; where none is named, in a temporary folder that goes when the process ends.
 */
export function hubOf(cache: string | undefined, say: (line: string) => void): Hub {
  const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_CACHE, HF_HOME } = process.env;
  return {
    // set to nothing is not set
    endpoint: HF_ENDPOINT || undefined,
    token: HF_TOKEN || undefined,
    offline: /^(?:1|on|yes|true)$/i.test(HF_HUB_OFFLINE ?? ""),
    shared: HF_HUB_CACHE || join(HF_HOME || join(homedir(), ".cache/huggingface"), "hub"),
    cache,
    temporary: async () => {
      const folder = await mkdtemp(join(tmpdir(), "sg-mine-"));
      removeAtEnd(folder);
      say("nothing of a download is kept; --cache DIR keeps it");
      return folder;
    },
    onDownload: say,
  };
}

/** The tokenizer that a command's --tokenizer names, where it names one. @throws InputError */
export async function tokenizerOf(
  { tokenizer, cache }: { tokenizer?: string; cache?: string },
  say: (line: string) => void,
): Promise<Tokenizer | undefined> {
  if (tokenizer === undefined) return undefined;
  const { loadTokenizer } = await import("../tokenizer/tokenizer.js");
  return loadTokenizer(tokenizer, hubOf(cache, say));
}
