import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A Chromium to run tests in: CHROMIUM_PATH, or one found where they are installed. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const places = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  places.push("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
  return places.find((place) => existsSync(place));
}

/** Run once around all tests (vitest's globalSetup): the last line says what was not tested. */
export default function setup() {
  return () => {
    if (!findChromium())
      console.log(
        "skipped: the report in a browser, for no Chromium was found (apt-get install chromium, or set CHROMIUM_PATH)",
      );
  };
}
