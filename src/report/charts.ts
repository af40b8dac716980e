/**
 * Figures as SVG text, drawn for a column of 360 units: at home on a phone's width, two beside each other on a desk. Each
 * has a title and a description for those who do not see it; colours come from the page's style sheet.
 */
import { extent } from "d3-array";
import { hierarchy, treemap } from "d3-hierarchy";
import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { escapeHtml } from "./html.js";

export interface ChartPoint {
  x: number;
  y: number;
  /** ends of an interval around y */
  low?: number;
  high?: number;
}

export interface Series {
  name: string;
  /** colour: a custom property of the page, such as "goal" or "run0" */
  color: string;
  dashed?: boolean;
  /** width of the line; where runs overlap, a wide one shows on both sides of a narrow one */
  width?: number;
  /** points are coloured from the first to the last, early to late */
  shaded?: boolean;
  points: ChartPoint[];
  /** where the curve changes its course, by x */
  knots?: readonly number[];
}

/** A stretch of the x axis with a name of its own. */
export interface Band {
  name: string;
  from: number;
  to: number;
  /** colour: a custom property of the page */
  color: string;
}

export interface Chart {
  /** unique on the page */
  id: string;
  title: string;
  /** what the figure shows, in a sentence, for a reader who cannot see it */
  description: string;
  xLabel: string;
  yLabel: string;
  series: Series[];
  /** the y axis starts at 0 */
  fromZero?: boolean;
  /** y values are shares, shown as per cent */
  percent?: boolean;
  bands?: readonly Band[];
  /** ends of the x axis, so that figures under each other agree */
  domain?: readonly [number, number];
  /** low figures stand under each other, beside a tall one */
  height?: "low" | "tall";
  /** points are joined in the order given and labelled at both ends; without it, marks only where they are few */
  labels?: { first: string; last: string };
}

const WIDTH = 360;
/** Heights, with the number of lines across. */
const HEIGHT = { low: [122, 3], middle: [230, 5], tall: [300, 6] } as const;
const MARGIN = { top: 30, right: 10, bottom: 40, left: 44 };
const MOST_MARKS = 40;

const short = (n: number) => String(Math.round(n * 100) / 100);

/** Lines over steps with their intervals, or any points joined in order. */
export function lineChart(chart: Chart): string {
  const points = chart.series.flatMap((one) => one.points);
  const xs = points.map(({ x }) => x);
  const [least, most] = extent(points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y])) as [number, number];
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const [height, rungs] = HEIGHT[chart.height ?? "middle"];
  const [bottom, top] = [height - MARGIN.bottom, MARGIN.top];
  const x = scaleLinear()
    .domain(chart.domain ? widened(...chart.domain) : widened(...(extent(xs) as [number, number])))
    .range([left + 6, right - 6]);
  const y = scaleLinear()
    .domain(widened(chart.fromZero ? Math.min(0, least) : least, most))
    .range([bottom, top])
    .nice(rungs);
  const yFormat = chart.percent ? percent : y.tickFormat(rungs);
  const xFormat = x.tickFormat(6);

  const grid = y
    .ticks(rungs)
    .map(
      (tick) =>
        `<line class="grid" x1="${left}" x2="${right}" y1="${short(y(tick))}" y2="${short(y(tick))}"/>` +
        `<text class="tick" x="${left - 6}" y="${short(y(tick))}" dy=".35em" text-anchor="end">${yFormat(tick)}</text>`,
    );
  const ticks = x
    .ticks(6)
    .map(
      (tick) =>
        `<text class="tick" x="${short(x(tick))}" y="${bottom + 16}" text-anchor="middle">${xFormat(tick)}</text>`,
    );
  const stretches = (chart.bands ?? []).map(({ name, from, to, color }) => {
    const [a, b] = [x(from), x(to)];
    return (
      `<rect class="stretch" style="fill:var(--${color})" x="${short(a)}" y="${top}" width="${short(Math.max(2, b - a))}" height="${bottom - top}"><title>${escapeHtml(`${name}: step ${from} to ${to}`)}</title></rect>` +
      `<text class="stretch" x="${short(a + 4)}" y="${top + 12}">${escapeHtml(name)}</text>`
    );
  });
  const knots = chart.series.flatMap((one) =>
    (one.knots ?? []).flatMap((at) => {
      const point = one.points.find((p) => p.x === at);
      return point
        ? [
            `<path class="knot" style="stroke:var(--${one.color})" d="M${short(x(at))} ${top}V${bottom}"><title>${escapeHtml(`${one.name} changes its course at step ${at}`)}</title></path>`,
          ]
        : [];
    }),
  );
  const bands = chart.series.map((one) => {
    const known = one.points.filter(({ low }) => low !== undefined);
    if (known.length < 2) return "";
    const path = area<ChartPoint>()
      .x((p) => x(p.x))
      .y0((p) => y(p.low!))
      .y1((p) => y(p.high!))
      .digits(1);
    return `<path class="band" style="fill:var(--${one.color})" d="${path(known)}"/>`;
  });
  const lines = chart.series.map((one) => {
    const path = line<ChartPoint>()
      .x((p) => x(p.x))
      .y((p) => y(p.y))
      .digits(1);
    const marks =
      one.points.length <= MOST_MARKS
        ? one.points.map(
            (p, i) =>
              `<circle cx="${short(x(p.x))}" cy="${short(y(p.y))}" r="${one.shaded ? 3.4 : (one.width ?? 2) + 0.6}" style="fill:${one.shaded ? early(i, one.points.length) : `var(--${one.color})`}"><title>${escapeHtml(
                `${one.name}: ${xFormat(p.x)}, ${chart.percent ? percent(p.y) : number(p.y)}`,
              )}</title></circle>`,
          )
        : [];
    const weight = one.width ? `;stroke-width:${one.width}` : "";
    return `<path class="line${one.dashed ? " dashed" : ""}${one.shaded ? " faint" : ""}" style="stroke:var(--${one.color})${weight}" d="${path(one.points)}"/>${marks.join("")}`;
  });
  const ends = chart.labels
    ? chart.series.flatMap(({ points: [first, ...rest], color }) =>
        [
          { point: first, text: chart.labels!.first, below: false },
          { point: rest.at(-1), text: chart.labels!.last, below: true },
        ].flatMap(({ point, text, below }) =>
          point
            ? [
                `<circle class="end" cx="${short(x(point.x))}" cy="${short(y(point.y))}" r="5" style="stroke:var(--${color})"/>` +
                  `<text class="end" x="${short(x(point.x))}" y="${short(y(point.y) + (below ? 18 : -9))}" text-anchor="${x(point.x) > (left + right) / 2 ? "end" : "start"}">${escapeHtml(text)}</text>`,
              ]
            : [],
        ),
      )
    : [];
  const body = [
    ...stretches,
    ...grid,
    `<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    ...ticks,
    `<text class="label" x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">${escapeHtml(chart.xLabel)}</text>`,
    `<text class="label" x="0" y="13">${escapeHtml(chart.yLabel)}</text>`,
    ...knots,
    ...bands,
    ...lines,
    ...ends,
  ];
  return svg(chart.id, chart.title, chart.description, WIDTH, height, body.join("\n"));
}

/** A colour on the way from early to late. */
const early = (i: number, of: number) =>
  `color-mix(in oklab, var(--late) ${Math.round((100 * i) / Math.max(1, of - 1))}%, var(--early))`;

/** An axis needs room around a single value. */
function widened(low: number, high: number): [number, number] {
  if (high > low) return [low, high];
  const room = Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
}

/** A curve without axes, for a table's cell; from 0 to `top`, which those of one table share. */
export function sparkline(values: readonly number[], top: number, color: string, description: string): string {
  const [width, height] = [90, 26];
  const x = scaleLinear()
    .domain([0, Math.max(1, values.length - 1)])
    .range([2, width - 2]);
  const y = scaleLinear()
    .domain([0, top || 1])
    .range([height - 2, 3]);
  const path = line<number>()
    .x((_, i) => x(i))
    .y((value) => y(value))
    .digits(1);
  return (
    `<svg class="spark" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(description)}">` +
    `<path class="line" style="stroke:var(--${color})" d="${path([...values])}"/></svg>`
  );
}

export interface Cell {
  label: string;
  /** a second line: figures */
  note: string;
  /** area; above 0 */
  size: number;
  /** how strongly the cell is coloured, in [0, 1] */
  shade: number;
}

/** Cells of areas in proportion to their sizes (squarified treemap, Bruls et al. 2000), labelled where there is room. */
export function cellMap(id: string, title: string, description: string, color: string, cells: readonly Cell[]): string {
  const height = 220;
  const root = hierarchy<Cell | { children: readonly Cell[] }>({ children: cells }, (node) =>
    "children" in node ? node.children : undefined,
  ).sum((node) => ("size" in node ? node.size : 0));
  const laid = treemap<Cell | { children: readonly Cell[] }>().size([WIDTH, height]).paddingInner(2).round(true)(root);
  const body = laid.leaves().map((leaf) => {
    const cell = leaf.data as Cell;
    const [width, tall] = [leaf.x1 - leaf.x0, leaf.y1 - leaf.y0];
    const columns = Math.floor((width - 8) / 6.4);
    const rows = Math.floor((tall - 6) / 14);
    const noted = rows >= 2 && cell.note.length <= columns;
    const lines = columns >= 4 && rows >= 1 ? wrapped(cell.label, columns, noted ? rows - 1 : rows) : [];
    const text = [
      ...lines.map((one) => ({ one, name: "cell" })),
      ...(noted && lines.length > 0 ? [{ one: cell.note, name: "note" }] : []),
    ];
    return (
      `<g><title>${escapeHtml(`${cell.label}: ${cell.note}`)}</title>` +
      `<rect x="${leaf.x0}" y="${leaf.y0}" width="${width}" height="${tall}" rx="2" style="fill:var(--${color});fill-opacity:${short(0.12 + 0.3 * cell.shade)}"/>` +
      text
        .map(
          ({ one, name }, i) =>
            `<text class="${name}" x="${leaf.x0 + 5}" y="${leaf.y0 + 15 + 14 * i}">${escapeHtml(one)}</text>`,
        )
        .join("") +
      "</g>"
    );
  });
  return svg(id, title, description, WIDTH, height, body.join("\n"));
}

/** Words in lines of at most `columns` characters; what does not fit `rows` ends in an ellipsis. */
function wrapped(text: string, columns: number, rows: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  const cut = (line: string) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line);
  if (lines.length <= rows) return lines.map(cut);
  const kept = lines.slice(0, rows);
  if (rows > 0) kept[rows - 1] = `${kept[rows - 1].slice(0, columns - 1)}…`;
  return kept.map(cut);
}

function svg(id: string, title: string, description: string, width: number, height: number, body: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escapeHtml(title)}</title>
<desc id="${id}-desc">${escapeHtml(description)}</desc>
${body}
</svg>`;
}

/** A number to four significant digits, as the tables have it. */
export function number(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size > 0 && size < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(4)));
}

/** A share as per cent, to one decimal. */
export const percent = (share: number) => `${Number((share * 100).toFixed(1))}\u00a0%`;
