import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMeasurer } from "../../src/dynamics/dynamics.js";
import { number, percent } from "../../src/report/charts.js";
import { dynamicsReport } from "../../src/report/dynamics/page.js";
import { tracesOf } from "../../src/traces/shapes/record.js";
import { lexicon, runRecords } from "../dynamics/run.js";
import { findChromium } from "./chromium.js";

const executablePath = findChromium();

const ATTACK =
  "</div></mark></title></style><script>document.title='owned'</script><img src=https://example.com/x onerror=\"document.title='owned'\">" +
  '"><svg onload="document.title=\'owned\'"></svg><iframe srcdoc="<script>parent.document.title=1</script>"></iframe>\u202Egnp.exe';

function measured(names: string[], hostile: boolean) {
  const attack = hostile ? ATTACK : "";
  const [first, ...others] = lexicon.entries;
  const gram = hostile ? 'we need <b>to</b> "break"><img src=x onerror=alert(1)>' : first.gram;
  const clusters = lexicon.clusters.map((cluster, i) =>
    i === 0 ? { ...cluster, label: `${cluster.label}${attack}` } : cluster,
  );
  const measurer = createMeasurer({ entries: [{ ...first, gram }, ...others], clusters }, names);
  names.forEach((name, seed) => {
    for (const record of runRecords({ seed: seed + 1 })) {
      const problem = `${record.problem_id}${attack}`;
      const attacked = hostile
        ? { ...record, problem_id: problem, response: `${ATTACK}\n${record.response}\n${"x".repeat(400)}`, tokens: [] }
        : record;
      measurer.add(name, attacked, tracesOf(attacked, { all: true }, { file: "x" }).traces);
    }
    const stray = { problem_id: "p", response: "we need to find", step: `hash${attack}` };
    measurer.add(name, stray, tracesOf(stray, { all: true }, { file: "x" }).traces);
  });
  const { dynamics, examples } = measurer.finish();
  return { dynamics, html: dynamicsReport(dynamics, examples) };
}

describe.skipIf(!executablePath)("the report in a browser", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sg-mine-report-"));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(html: string, options: Parameters<Browser["newPage"]>[0] = {}) {
    const file = join(folder, "report.html");
    await writeFile(file, html);
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, ...options });
    const seen = { requests: [] as string[], errors: [] as string[], dialogs: 0 };
    page.on("request", (request) => seen.requests.push(request.url()));
    page.on("pageerror", (error) => seen.errors.push(error.message));
    page.on("dialog", (dialog) => {
      seen.dialogs++;
      void dialog.dismiss();
    });
    await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
    return { page, seen, url: pathToFileURL(file).href };
  }

  /** Rows of a figure's table as texts. */
  const tableOf = (page: Page, title: string) =>
    page
      .locator("figure", { has: page.locator("h4", { hasText: new RegExp(`^${title}$`) }) })
      .evaluate((figure) =>
        [...figure.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
      );

  it("shows the numbers of the JSON, in drawings and in tables", async () => {
    const { dynamics, html } = measured(["run"], false);
    const { page, seen, url } = await open(html);
    const { steps } = dynamics.runs[0];
    const entropy = await tableOf(page, "Semantic entropy");
    expect(entropy.map(([step]) => Number(step))).toEqual(steps.map(({ step }) => step));
    const clusters = await tableOf(page, "Semantic entropy of clusters");
    steps.forEach(({ semanticEntropy }, i) => {
      const shown = ({ value, low, high }: { value: number; low: number; high: number }) =>
        `${number(value)} ${number(low)} to ${number(high)}`;
      expect(entropy[i][1]).toBe(shown(semanticEntropy.grams));
      expect(clusters[i][1]).toBe(shown(semanticEntropy.clusters!));
    });
    const accuracy = await tableOf(page, "Length against accuracy");
    expect(accuracy.map((row) => row[2])).toEqual(steps.map((step) => percent(step.accuracy!.value)));
    const perplexity = await tableOf(page, "Relative perplexity");
    expect(perplexity.map((row) => row[2])).toEqual(
      steps.map((step) => number(step.tokenMeasures!.relativePerplexity!.execution!)),
    );
    // The drawing has a mark per step, higher ones further up
    const marks = await page
      .locator("figure", { has: page.locator("#accuracy-title") })
      .evaluate((figure) => [...figure.querySelectorAll("circle")].map((mark) => Number(mark.getAttribute("cy"))));
    const values = steps.map((step) => step.accuracy!.value);
    const order = (list: number[], sign: number) =>
      list.map((_, i) => i).sort((a, b) => sign * (list[a] - list[b]) || a - b);
    expect(order(marks, 1)).toEqual(order(values, -1));
    const text = await page.locator("main").textContent();
    expect(text).toContain(dynamics.runs[0].phases.statement);
    expect(text).toContain("1 trace is left out.");
    expect(seen).toEqual({ requests: [url], errors: [], dialogs: 0 });
    await page.close();
  });

  it("runs no script from a hostile trace, asks no network, and shows the text as it is", async () => {
    const { html } = measured([`run${ATTACK}`, "b"], true);
    const { page, seen, url } = await open(html);
    await page.waitForTimeout(200);
    expect(await page.title()).toBe("Planning over training");
    expect(await page.locator("script, img, iframe, object, embed, link, form, b").count()).toBe(0);
    const active = await page
      .locator(":root")
      .evaluate((root) =>
        [...root.querySelectorAll("*")].flatMap((element) =>
          [...element.attributes]
            .filter(({ name }) => name.startsWith("on") || name === "href" || name === "src")
            .map(({ name }) => name),
        ),
      );
    expect(active).toEqual([]);
    expect(seen).toEqual({ requests: [url], errors: [], dialogs: 0 });
    const trace = await page.locator(".trace").last().textContent();
    expect(trace).toContain("<script>document.title='owned'</script>");
    expect(trace).toContain("⟨U+202E⟩gnp.exe");
    await page.close();
  });

  it("forbids scripts even if one got in", async () => {
    const { html } = measured(["run"], false);
    const { page } = await open(html.replace("<main>", "<main><script>document.title='owned'</script>"));
    expect(await page.title()).toBe("Planning over training");
    await page.close();
  });

  it.each([
    ["one run", ["run"], false],
    ["several runs with hostile names", [`run${ATTACK}`, "b", "c"], true],
  ])("fits the width of a phone: %s", async (_, names, hostile) => {
    const { page } = await open(measured(names, hostile).html, { viewport: { width: 375, height: 700 } });
    const width = () => page.locator(":root").evaluate((root) => root.scrollWidth);
    expect(await width()).toBeLessThanOrEqual(375);
    await page.locator(":root").evaluate((root) => {
      for (const details of root.querySelectorAll("details")) details.open = true;
    });
    expect(await width()).toBeLessThanOrEqual(375);
    const smallest = await page
      .locator(":root")
      .evaluate((root) =>
        Math.min(...[...root.querySelectorAll("svg text.tick")].map((text) => text.getBoundingClientRect().height)),
      );
    expect(smallest).toBeGreaterThanOrEqual(10);
    await page.close();
  });

  it("is light, dark or black on white as its reader likes, with enough contrast", async () => {
    const { html } = measured(["run"], false);
    const look = async (options: Parameters<Browser["newPage"]>[0], print = false) => {
      const { page } = await open(html, options);
      if (print) await page.emulateMedia({ media: "print" });
      const colors = await page.locator(":root").evaluate((root) => {
        const style = (element: typeof root) => root.ownerDocument.defaultView!.getComputedStyle(element);
        const luminance = (color: string) => {
          const [r, g, b] = color.match(/[\d.]+/g)!.map(Number);
          const linear = (c: number) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
          return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        };
        const page = luminance(style(root.ownerDocument.body).backgroundColor);
        const card = luminance(style(root.querySelector("figure")!).backgroundColor);
        const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const soft = [...root.querySelectorAll("figcaption, .badge, thead th")].map((element) =>
          contrast(luminance(style(element).color), element.closest("figure") ? card : page),
        );
        return {
          page,
          text: contrast(luminance(style(root.ownerDocument.body).color), page),
          soft: Math.min(...soft),
        };
      });
      await page.close();
      return colors;
    };
    const light = await look({ colorScheme: "light" });
    const dark = await look({ colorScheme: "dark" });
    const paper = await look({ colorScheme: "dark" }, true);
    expect(light.page).toBeGreaterThan(0.8);
    expect(dark.page).toBeLessThan(0.05);
    expect(paper.page).toBe(1);
    for (const { text, soft } of [light, dark, paper]) {
      expect(text).toBeGreaterThan(7);
      expect(soft).toBeGreaterThan(4.5);
    }
  });

  it("describes every figure to those who do not see it", async () => {
    const { page } = await open(measured(["a", "b"], false).html);
    const images = await page.locator(":root").evaluate((root) =>
      [...root.querySelectorAll("svg")].map((svg) => {
        const named = svg.getAttribute("aria-labelledby")?.split(" ") ?? [];
        const label =
          named.map((id: string) => root.ownerDocument.getElementById(id)?.textContent ?? "").join(" ") ||
          svg.getAttribute("aria-label");
        return { hidden: svg.getAttribute("aria-hidden") === "true", role: svg.getAttribute("role"), label };
      }),
    );
    expect(images.length).toBeGreaterThan(10);
    for (const { hidden, role, label } of images)
      if (!hidden) {
        expect(role).toBe("img");
        expect(label!.length).toBeGreaterThan(15);
      }
    const ids = await page.locator(":root").evaluate((root) => [...root.querySelectorAll("[id]")].map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    await page.close();
  });
});
