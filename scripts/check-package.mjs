// The package as a user gets it: its manifest and types checked, then packed, installed in an empty folder with no
// network but the registry, and run: `npm run check:package`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "sg-mine-package-"));
const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], ...options });
const expect = (what, is) => {
  if (!is) throw new Error(`expected ${what}`);
  console.log(`ok  ${what}`);
};

try {
  const [{ filename, files, size, unpackedSize }] = JSON.parse(
    run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root }).replace(/^[^[{]*/, ""),
  );
  const tarball = join(folder, filename);
  const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`${filename}: ${files.length} files, ${mega(size)} packed, ${mega(unpackedSize)} unpacked`);
  expect(
    "no tests, sources or training data in the package",
    files.every(({ path }) => !/^(test|src|bench|scripts)\/|\.jsonl\.gz$|\/train\//.test(path)),
  );
  const { packages } = JSON.parse(run("tar", ["xzOf", tarball, "package/npm-shrinkwrap.json"]));
  expect(
    "its shrinkwrap holds what users get and nothing of development, from no particular registry",
    packages["node_modules/commander"] &&
      !packages["node_modules/vitest"] &&
      !/"resolved"/.test(JSON.stringify(packages)),
  );

  run(join(root, "node_modules/.bin/publint"), ["run", tarball, "--strict"], { stdio: "inherit" });
  // A package of ES modules: require() of it works from Node 20.19 and 22.12 on only
  run(join(root, "node_modules/.bin/attw"), [tarball, "--profile", "esm-only"], { stdio: "inherit" });

  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", tarball], { stdio: "inherit" });

  const bin = join(folder, "node_modules/.bin/sg-mine");
  const installed = join(folder, "node_modules/sg-mine");
  const { version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(`sg-mine --version is ${version}`, run(bin, ["--version"]).trim() === version);
  const traces = join(installed, "fixtures/traces.jsonl");
  run(bin, ["-q", "-o", "grams.json", traces]);
  const lexicon = JSON.parse(readFileSync(join(folder, "grams.json"), "utf8"));
  expect("the example traces give a lexicon", lexicon.grams.length > 0);
  expect("mining again finds the same", run(bin, ["-q", "--check", "grams.json", traces]) === "");
  expect("its grams are tagged", run(bin, ["tag", "-q", "grams.json", traces]).includes('"spans":[{'));
  expect("an export is written", run(bin, ["export", "grams.json", "--for", "list"]).startsWith("["));

  const names = Object.keys(await import(join(installed, "dist/index.js")));
  const script = `import { ${names[0]} } from "sg-mine"; console.log(typeof ${names[0]});`;
  writeFileSync(join(folder, "use.mjs"), script);
  expect(`the library is imported by name (${names.length} exports)`, run("node", ["use.mjs"]).trim() !== "undefined");
  writeFileSync(
    join(folder, "use.ts"),
    `import { type Lexicon, mine, readLexicon } from "sg-mine";
export const format: Lexicon["format"] = "sg-lexicon/1";
export const mined = (...args: Parameters<typeof mine>): Promise<{ lexicon: Lexicon }> => mine(...args);
// @ts-expect-error: a path is text
readLexicon(1);
`,
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const strict = "--strict --noEmit --skipLibCheck --module nodenext --target es2022".split(" ");
  run("node", [tsc, ...strict, "use.ts"], { stdio: "inherit" });
  console.log("ok  its types resolve under strict TypeScript");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
