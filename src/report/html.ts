/** HTML as text: escaping, and the page that every report is written into. */
import { createHash } from "node:crypto";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

// Control characters (but not tab and line breaks) and the characters that reorder text: shown, never obeyed.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to show
const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text for the inside of an element or a quoted attribute. Control and direction characters come out as ⟨U+202E⟩. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (c) => ENTITIES[c])
    .replace(INVISIBLE, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/**
 * One self-contained page. Its policy forbids frames, forms, everything from a network, and all scripts but the one
 * given, which it names by its digest; only its own style sheet applies. `title` is text, the rest is taken as it is.
 */
export function htmlPage({ title, css, body, script }: { title: string; css: string; body: string; script?: string }) {
  const scripts = script ? `; script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${scripts}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>
${css}
</style>
</head>
<body>
${body}
${script ? `<script>${script}</script>\n` : ""}</body>
</html>
`;
}
