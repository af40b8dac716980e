import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MarkedSpan } from "../../src/lexicon/mask.js";
import { highlightHtml } from "../../src/report/highlight.js";
import { escapeHtml } from "../../src/report/html.js";

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const textOf = (html: string) => html.replace(/<[^>]*>/g, "").replace(/&(?:amp|lt|gt|quot|#39);/g, (e) => ENTITIES[e]);

describe("highlightHtml", () => {
  it("marks spans by function, with the gram as title", () => {
    expect(
      highlightHtml("Wait, let me check 2 < 3.", [
        { start: 0, end: 18, function: "backtracing", gram: "wait, let me check" },
      ]),
    ).toBe('<mark class="sg-backtracing" title="backtracing: wait, let me check">Wait, let me check</mark> 2 &lt; 3.');
    expect(highlightHtml("so ok", [{ start: 0, end: 2 }])).toBe(
      '<mark class="sg-planning" title="planning">so</mark> ok',
    );
  });

  it("marks the first of overlapping spans to its end, and the next from there", () => {
    const spans: MarkedSpan[] = [
      { start: 2, end: 6, function: "goal" },
      { start: 0, end: 4, function: "branching" },
    ];
    expect(highlightHtml("abcdef", spans)).toBe(
      '<mark class="sg-branching" title="branching">abcd</mark><mark class="sg-goal" title="goal">ef</mark>',
    );
  });

  it("underlines high-entropy tokens, inside marks and across their ends", () => {
    const html = highlightHtml(
      "abcdef",
      [{ start: 2, end: 4, function: "goal" }],
      [
        { start: 1, end: 3 },
        { start: 5, end: 6 },
      ],
    );
    expect(html).toBe('a<u>b</u><mark class="sg-goal" title="goal"><u>c</u>d</mark>e<u>f</u>');
  });

  it("keeps the text whole and lets no markup of its own out, whatever the text and the spans", () => {
    const range = fc.tuple(fc.nat(40), fc.nat(10)).map(([start, length]) => ({ start, end: start + length }));
    const hostile = fc.string({
      unit: fc.constantFrom("<", ">", "&", '"', "'", "a", " ", "\n", "/", "script"),
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        hostile,
        fc.array(range, { maxLength: 6 }),
        fc.array(range, { maxLength: 6 }),
        hostile,
        (text, spans, forks, gram) => {
          const html = highlightHtml(
            text,
            spans.map((span) => ({ ...span, gram })),
            forks,
          );
          expect(textOf(html)).toBe(text);
          const tags = html.match(/<[^>]*>/g) ?? [];
          for (const tag of tags) expect(tag).toMatch(/^<(?:\/mark|\/u|u|mark class="sg-planning" title="[^"<>]*")>$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("escapeHtml", () => {
  it("shows characters that would reorder or hide text", () => {
    expect(escapeHtml("a\u202Eb\u0000c\td\n")).toBe("a⟨U+202E⟩b⟨U+0000⟩c\td\n");
  });
});
