import { figure } from "../comparison.js";
import type { Curve, Line } from "../curve.js";
import { path, svg, text } from "./svg.js";

const COLUMNS = 3;
const WIDTH = 270;
const HEIGHT = 130;
const MARGIN = 30;
const HEAD = 52;
const FOOT = 42;

/** Curves side by side, both axes by powers of ten: what grows in proportion is a straight line, what does not grow a level one. */
export function curveChart(title: string, curves: readonly Curve[]): string {
  const parts = curves.flatMap((curve, i) => {
    const [column, row] = [i % COLUMNS, Math.floor(i / COLUMNS)];
    return panel(curve, MARGIN + column * (WIDTH + MARGIN), HEAD + row * (HEIGHT + HEAD + FOOT));
  });
  const rows = Math.ceil(curves.length / COLUMNS);
  return svg(MARGIN + COLUMNS * (WIDTH + MARGIN), rows * (HEIGHT + HEAD + FOOT), title, parts);
}

function panel({ title, unit, over, lines }: Curve, x: number, y: number): string[] {
  const points = lines.flatMap((line) => line.points);
  const across = axis(points.map(({ at }) => at));
  const up = axis(points.map(({ median }) => median));
  const toX = (value: number): number => x + across.part(value) * WIDTH;
  const toY = (value: number): number => y + (1 - up.part(value)) * HEIGHT;
  const bottom = y + HEIGHT;
  return [
    text(x, y - 36, title, "head"),
    ...lines.map(({ name }, i) => text(x + i * 110, y - 20, lines.length > 1 ? name : "", `t${i}`)),
    ...up.ticks.flatMap((tick) => [
      path(
        [
          [x, toY(tick)],
          [x + WIDTH, toY(tick)],
        ],
        "axis",
      ),
      text(x + 2, toY(tick) - 3, `${figure(tick)} ${unit}`, "dim"),
    ]),
    ...across.ticks.map((tick, i) =>
      text(toX(tick), bottom + 14, tick.toLocaleString("en", { notation: "compact" }), `dim ${placeOf(i, across.ticks)}`),
    ),
    text(x + WIDTH / 2, bottom + 28, over, "dim middle"),
    ...lines.map((line, i) => curve(line, toX, toY, `line c${i}`)),
  ];
}

/** The outermost stay within the panel. */
function placeOf(i: number, ticks: readonly number[]): string {
  if (i === 0) return "";
  return i === ticks.length - 1 ? "right" : "middle";
}

function curve({ points }: Line, toX: (at: number) => number, toY: (value: number) => number, style: string): string {
  return path(
    points.map(({ at, median }) => [toX(at), toY(median)]),
    style,
  );
}

/** From the power of ten below all values to the one above them. */
function axis(values: readonly number[]): { readonly ticks: readonly number[]; part(value: number): number } {
  const first = Math.floor(Math.log10(Math.min(...values.map(positive))));
  const last = Math.max(Math.ceil(Math.log10(Math.max(...values.map(positive)))), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  return { ticks, part: (value) => (Math.log10(positive(value)) - first) / (last - first) };
}

/** Nothing at all has no place on such an axis. */
const positive = (value: number): number => Math.max(value, 0.01);
