import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseLexicon } from "../../src/lexicon/read.js";
import { createEvidence } from "../../src/report/lexicon/evidence.js";
import { lexiconPage } from "../../src/report/lexicon/page.js";
import { tagPage } from "../../src/report/tagPage.js";
import { findChromium } from "./chromium.js";

const ATTACK =
  "</mark></title></style><script>document.title='owned'</script><img src=https://example.com/x onerror=\"document.title='owned'\">";
const LONG = `${"https://example.org/".repeat(20)} ${"x".repeat(400)}`;
const path = join(import.meta.dirname, "../../fixtures/lexicon/lexicon.json");
const file = parseLexicon(await readFile(path, "utf8"), `lexicon.json${ATTACK}`);

const text = `Wait, no. So 2 + 2 is 4. ${ATTACK} ${LONG}`;
const spans = [{ start: 0, end: 8, function: "backtracing" as const, entry: 0 }];

function lexiconHtml(): string {
  const entries = file.entries.map((entry, i) => (i === 1 ? { ...entry, gram: `let ${ATTACK}${LONG}` } : entry));
  const evidence = createEvidence(entries);
  for (const success of [true, false, undefined])
    evidence.add({
      place: `${"folder/".repeat(20)}a.jsonl:1`,
      problem: success === undefined ? `alone ${LONG}` : `p${ATTACK}`,
      success,
      text,
      spans,
      words: 60,
      planningWords: 2,
      coveredWords: 1,
    });
  return lexiconPage({ ...file, entries }, evidence.finish());
}

function tagHtml(): string {
  const trace = (success: boolean | undefined) => ({
    place: `${"folder/".repeat(20)}a.jsonl:1`,
    problem: `p${ATTACK}${LONG}`,
    success,
    text,
    spans,
  });
  const facts = {
    lexicon: `lexicon.json${ATTACK}`,
    entries: 3,
    traces: 9,
    spans: 3,
    right: 1,
    wrong: 1,
    planning: 0.1,
  };
  return tagPage(facts, [trace(true), trace(false), trace(undefined)]);
}

const pages = [
  ["the lexicon", lexiconHtml(), /^Planning lexicon/, 1],
  ["tagged traces", tagHtml(), /^Planning spans$/, 0],
] as const;
const executablePath = findChromium();

describe.skipIf(!executablePath)("the pages in a browser", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sg-mine-pages-"));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(html: string, options: Parameters<Browser["newPage"]>[0] = {}) {
    const path = join(folder, "page.html");
    await writeFile(path, html);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    const seen = { requests: [] as string[], errors: [] as string[] };
    page.on("request", (request) => seen.requests.push(request.url()));
    page.on("pageerror", (error) => seen.errors.push(error.message));
    const url = pathToFileURL(path).href;
    await page.goto(url, { waitUntil: "load" });
    return { page, seen, url };
  }

  it.each(pages)("%s: asks no network, and runs nothing of what it shows", async (_, html, title, scripts) => {
    for (const attacked of [html, html.replace("<main>", "<main><script>document.title='owned'</script>")]) {
      const { page, seen, url } = await open(attacked);
      await page.waitForTimeout(100);
      expect(await page.title()).toMatch(title);
      expect(await page.locator("img, iframe, object, embed, link, form").count()).toBe(0);
      expect(seen).toEqual({ requests: [url], errors: [] });
      expect(await page.locator("main").textContent()).toContain("<script>document.title='owned'</script>");
      await page.close();
    }
    expect(html.match(/<script>[^<]/g) ?? []).toHaveLength(scripts);
  });

  it.each(pages)("%s: fits a phone, and is read without scripts", async (_, html) => {
    const { page } = await open(html, { viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
    for (const summary of await page.locator("details:not([open]) > summary").all())
      if (await summary.isVisible()) await summary.click();
    const box = await page.locator("html").boundingBox();
    const widest = await page.locator("main *").evaluateAll((all) => {
      const scrolls = (element: (typeof all)[number] | null): boolean =>
        element !== null && (element.className === "scroll" || scrolls(element.parentElement));
      return Math.max(...all.filter((one) => !scrolls(one)).map((one) => one.getBoundingClientRect().right));
    });
    expect(box!.width).toBeLessThanOrEqual(390);
    expect(widest).toBeLessThanOrEqual(390);
    expect(await page.locator("button, input, select").count()).toBe(0);
    expect(await page.locator("mark").first().isVisible()).toBe(true);
    await page.close();
  });

  it("sorts and finds entries", async () => {
    const { page } = await open(lexiconHtml());
    const grams = () => page.locator("#entries tbody tr:visible th span").allTextContents();
    const ranked = await grams();
    expect(ranked).toHaveLength(file.entries.length);
    await page.getByRole("button", { name: "gram", exact: true }).click();
    expect(await grams()).toEqual([...ranked].sort());
    await page.getByRole("button", { name: "#" }).click();
    expect(await grams()).toEqual(ranked);
    await page.getByRole("button", { name: "weight" }).click();
    const weights = (await page.locator("#entries tbody tr td:nth-child(3)").allTextContents()).map(Number);
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
    await page.getByRole("searchbox").fill("WAIT");
    expect((await grams()).sort()).toEqual(ranked.filter((gram) => gram.includes("wait")).sort());
    await page.close();
  });

  it("shows the index of tagged traces, each a link to its trace", async () => {
    const { page } = await open(tagHtml());
    for (const [i, link] of (await page.locator(".index a").all()).entries()) {
      await link.click();
      await expect.poll(() => page.locator("section:target").getAttribute("id")).toBe(`trace-${i + 1}`);
    }
    await page.close();
  });
});
