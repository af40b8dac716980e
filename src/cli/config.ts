/**
 * Options that a project keeps in a file: sg-mine.config.json in the working directory, or the key "sg-mine" in its
 * package.json. One object per command, of options by their long names in camel case: {"mine": {"maxN": 5}}. Flags win.
 */
import { readFileSync } from "node:fs";
import type { Command, Option } from "commander";
import { InputError } from "../errors.js";
import { isObject } from "../json.js";

export const CONFIG_FILE = "sg-mine.config.json";

type Config = Record<string, Record<string, unknown>>;

/** Makes what the configuration in `folder` says the defaults of the program's commands. @throws InputError */
export function applyConfig(program: Command, folder: string): void {
  const found = readConfig(folder);
  if (!found) return;
  const { file, config } = found;
  for (const [name, options] of Object.entries(config)) {
    if (name === "$schema") continue;
    const command = program.commands.find((command) => command.name() === name);
    if (!command)
      throw new InputError(
        `${file}: ${JSON.stringify(name)}: no such command; there are ${program.commands.map((c) => c.name()).join(", ")}`,
      );
    if (!isObject(options)) throw new InputError(`${file}: ${name}: expected an object of options`);
    for (const [key, value] of Object.entries(options)) setOption(command, key, value, `${file}: ${name}.${key}`);
  }
}

function setOption(command: Command, key: string, value: unknown, place: string): void {
  const option = command.options.find((option) => option.attributeName() === key);
  if (!option) {
    const known = command.options.map((option) => option.attributeName());
    throw new InputError(`${place}: no such option; ${command.name()} has ${known.join(", ")}`);
  }
  command.setOptionValueWithSource(key, parsed(option, value, place), "config");
}

/** The value as the flag would have it: checked by the same function, from the same text. */
function parsed(option: Option, value: unknown, place: string): unknown {
  const fail = (what: string): never => {
    throw new InputError(`${place}: ${what}, got ${JSON.stringify(value)}`);
  };
  if (option.isBoolean()) return typeof value === "boolean" ? value : fail("expected true or false");
  if (option.variadic) {
    if (!Array.isArray(value) || value.length === 0) return fail("expected an array");
    return value.map((item) => parsedText(option, item, fail));
  }
  return parsedText(option, value, fail);
}

function parsedText(option: Option, value: unknown, fail: (what: string) => never): unknown {
  if (typeof value !== "string" && typeof value !== "number") return fail("expected text or a number");
  const text = String(value);
  if (option.argChoices && !option.argChoices.includes(text))
    return fail(`expected one of ${option.argChoices.join(", ")}`);
  if (!option.parseArg || option.argChoices) return text;
  try {
    return option.parseArg(text, undefined as never);
  } catch (error) {
    return fail((error as Error).message.replace(/^Expected/, "expected").replace(/\.$/, ""));
  }
}

function readConfig(folder: string): { file: string; config: Config } | undefined {
  const own = readJson(`${folder}/${CONFIG_FILE}`);
  if (own !== undefined) {
    if (!isObject(own)) throw new InputError(`${CONFIG_FILE}: expected an object with a key per command`);
    return { file: CONFIG_FILE, config: own as Config };
  }
  // A package.json that is broken is others' to complain of
  const manifest = readJson(`${folder}/package.json`, true);
  const key = isObject(manifest) ? manifest["sg-mine"] : undefined;
  if (key === undefined) return undefined;
  if (!isObject(key)) throw new InputError('package.json: "sg-mine": expected an object with a key per command');
  return { file: 'package.json: "sg-mine"', config: key as Config };
}

function readJson(path: string, lenient = false): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (lenient || code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new InputError(`${CONFIG_FILE}: cannot be read: ${message}`);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (lenient) return undefined;
    throw new InputError(`${CONFIG_FILE}: is not valid JSON: ${(error as Error).message}`);
  }
}
