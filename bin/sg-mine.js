#!/usr/bin/env node
import { main } from "../dist/cli/main.js";

// not awaited: waiting in vain would end with an exit code of Node's own
main(process.argv.slice(2));
