// Puts the lock file into the package as npm-shrinkwrap.json while it is packed, so that users get what was tested: without
// what only development needs and without the builds for each platform, all of which npm would install for them too. Those
// builds are named with their exact versions by the package that needs them, so that nothing is left open.
import { readFileSync, rmSync, writeFileSync } from "node:fs";

if (process.argv[2] === "--remove") rmSync("npm-shrinkwrap.json", { force: true });
else {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  for (const [path, { dev, devOptional, optional, os, cpu }] of Object.entries(lock.packages))
    if (dev || devOptional || (optional && (os ?? cpu))) delete lock.packages[path];
  delete lock.packages[""].devDependencies;
  writeFileSync("npm-shrinkwrap.json", `${JSON.stringify(lock, null, 2)}\n`);
}
