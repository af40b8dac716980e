/**
 * Options that a project keeps in a file: sg-mine.config.json in the working directory, or the key "sg-mine" in its
 * package.json. One object per command, of options by their long names in camel case: {"mine": {"maxN": 5}}. Flags win.
 * A file that was found, not named, may have come with somebody's branch: it names no paths outside its folder and
 * nothing to download.
 */
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import type { Command, Option } from "commander";
import { InputError } from "../errors.js";
import { isObject } from "../json.js";

const CONFIG_FILE = "sg-mine.config.json";

type Config = Record<string, Record<string, unknown>>;

/**
 * Makes what the configuration in `folder`, or that in the file `named`, says the defaults of the program's commands.
 * @throws InputError
 */
export function applyConfig(program: Command, folder: string, named?: string): void {
  const found = named === undefined ? readConfig(folder) : { file: named, config: objectOf(named, readJson(named)) };
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
    for (const [key, value] of Object.entries(options)) {
      const place = `${file}: ${name}.${key}`;
      const option = setOption(command, key, value, place);
      if (named === undefined) requireWithin(folder, option, value, place);
    }
  }
}

function setOption(command: Command, key: string, value: unknown, place: string): Option {
  const option = command.options.find((option) => option.attributeName() === key);
  if (!option) {
    const known = command.options.map((option) => option.attributeName());
    throw new InputError(`${place}: no such option; ${command.name()} has ${known.join(", ")}`);
  }
  command.setOptionValueWithSource(key, parsed(option, value, place), "config");
  return option;
}

/** @throws InputError for an option that names files, and a value that leads out of the folder or to the hub */
function requireWithin(folder: string, option: Option, value: unknown, place: string): void {
  const kind = /<(?:name=)?(file|dir|files)\b/.exec(option.flags)?.[1];
  if (kind === undefined) return;
  for (const path of [value]
    .flat()
    .map((text) => String(text).replace(option.flags.includes("<name=") ? /^.*?=/ : "", ""))) {
    if (path === "-") continue;
    if (kind === "dir" && option.flags.includes("|name") && !existsSync(resolve(folder, path)))
      throw new InputError(`${place}: ${path} is no folder here, and a download has to be asked for by ${option.long}`);
    if (!isWithin(realpathSync(folder), resolve(folder, path)))
      throw new InputError(
        `${place}: ${path} lies outside this folder; give ${option.long}, or name the file with --config`,
      );
  }
}

/** Whether a path, there or not, lies in a folder once links are followed; a link to nothing might lead anywhere. */
function isWithin(folder: string, path: string): boolean {
  if (path.includes("\0")) return false; // no name of a file
  let there = path;
  while (!existsSync(there)) {
    if (isLink(there)) return false;
    there = dirname(there);
  }
  return `${join(realpathSync(there), path.slice(there.length))}${sep}`.startsWith(join(folder, sep));
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
  const own = foundJson(folder, CONFIG_FILE);
  if (own !== undefined) return { file: CONFIG_FILE, config: objectOf(CONFIG_FILE, own) };
  // A package.json that is broken is others' to complain of
  const manifest = foundJson(folder, "package.json", true);
  const key = isObject(manifest) ? manifest["sg-mine"] : undefined;
  if (key === undefined) return undefined;
  if (!isObject(key)) throw new InputError('package.json: "sg-mine": expected an object with a key per command');
  return { file: 'package.json: "sg-mine"', config: key as Config };
}

function objectOf(file: string, json: unknown): Config {
  if (!isObject(json)) throw new InputError(`${file}: expected an object with a key per command`);
  return json as Config;
}

/** A file that lies in the folder; nothing that a read would wait for. */
function foundJson(folder: string, name: string, lenient = false): unknown {
  const found = statSync(join(folder, name), { throwIfNoEntry: false });
  if (!found || (lenient && !found.isFile())) return undefined;
  if (!found.isFile()) throw new InputError(`${name}: is no regular file; --no-config goes on without it`);
  return readJson(join(folder, name), name, lenient);
}

function readJson(path: string, name = path, lenient = false): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (lenient) return undefined;
    throw new InputError(`${name}: cannot be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (lenient) return undefined;
    throw new InputError(`${name}: is not valid JSON: ${(error as Error).message}`);
  }
}

const isLink = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
