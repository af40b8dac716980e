// Puts the lock file into the package as npm-shrinkwrap.json while it is packed, so that users get what was tested.
import { copyFileSync, rmSync } from "node:fs";

if (process.argv[2] === "--remove") rmSync("npm-shrinkwrap.json", { force: true });
else copyFileSync("package-lock.json", "npm-shrinkwrap.json");
