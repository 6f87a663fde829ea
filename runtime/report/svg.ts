import { escapeHtml } from "./escape.ts";
import { formatNumber } from "./table.ts";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Half the length of the whisker; `null` draws none. */
  readonly spread: number | null;
  readonly strong: boolean;
}

/** Horizontal bars from zero with whiskers of one standard deviation. */
export function barChart(bars: readonly Bar[], title: string): string {
  const left = 220;
  const width = 760;
  const rowHeight = 24;
  const height = rowHeight * bars.length + 8;
  const largest = Math.max(...bars.map((bar) => Math.max(bar.value + (bar.spread ?? 0), 0)), Number.MIN_VALUE);
  const x = (value: number): number => left + ((width - left - 90) * Math.max(value, 0)) / largest;
  const rows = bars.map((bar, k) => {
    const top = 4 + k * rowHeight;
    const middle = top + rowHeight / 2;
    const whisker =
      bar.spread === null
        ? ""
        : `<line class="whisker" x1="${x(bar.value - bar.spread).toFixed(1)}" x2="${x(bar.value + bar.spread).toFixed(1)}" y1="${middle}" y2="${middle}"/>`;
    const end = x(bar.value + (bar.spread ?? 0)) + 6;
    return `<text class="label" x="${left - 8}" y="${middle}">${escapeHtml(bar.label)}</text><rect class="${bar.strong ? "bar strong" : "bar"}" x="${left}" y="${top + 4}" width="${(x(bar.value) - left).toFixed(1)}" height="${rowHeight - 8}"/>${whisker}<text class="value" x="${end.toFixed(1)}" y="${middle}">${formatNumber(bar.value)}</text>`;
  });
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${width} ${height}">${rows.join("")}</svg>`;
}

export interface Line {
  readonly label: string;
  /** One value a category, `null` leaves a gap. */
  readonly values: readonly (number | null)[];
}

/** A longer line is drawn without dots, which would run together. */
const MOST_DOTS = 60;

const COLOURS = ["#1f6f8b", "#c0582b", "#5b7f2f", "#7b4fa3", "#8a6d1d", "#444444", "#a33b5e", "#2f8f7f"];

/**
 * Lines over named categories with a legend: evenly spaced, or at the ascending `places`.
 *
 * @param places one number a category, in any unit
 */
export function lineChart(
  categories: readonly string[],
  lines: readonly Line[],
  title: string,
  places: readonly number[] = categories.map((_, k) => k),
): string {
  const [width, height, left, bottom, top] = [760, 280, 80, 40, 12];
  const known = lines.flatMap((line) => line.values.filter((value): value is number => value !== null));
  if (known.length === 0 || categories.length === 0) return "";
  const low = Math.min(...known);
  const high = Math.max(...known);
  const span = high > low ? high - low : Math.max(Math.abs(high), 1e-12);
  const right = 200;
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  const x = (k: number): number =>
    last === first ? left : left + ((width - left - right) * (places[k]! - first)) / (last - first);
  const y = (value: number): number => top + (height - top - bottom) * (1 - (value - low) / span);
  const axis = categories.map(
    (category, k) => `<text class="tick" x="${x(k).toFixed(1)}" y="${height - 14}">${escapeHtml(category)}</text>`,
  );
  const levels = [low, (low + high) / 2, high].map(
    (value) =>
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/><text class="level" x="${left - 8}" y="${y(value).toFixed(1)}">${formatNumber(value)}</text>`,
  );
  const drawn = lines.map((line, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    const points = line.values.flatMap((value, k) =>
      value === null ? [] : [`${x(k).toFixed(1)},${y(value).toFixed(1)}`],
    );
    const dots = (points.length > MOST_DOTS ? [] : points).map((point) => {
      const [cx, cy] = point.split(",");
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
    });
    const legend = `<text class="legend" x="${width - right + 16}" y="${top + 12 + index * 18}" fill="${colour}">${escapeHtml(line.label)}</text>`;
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>${dots.join("")}${legend}`;
  });
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${width} ${height}">${levels.join("")}${axis.join("")}${drawn.join("")}</svg>`;
}
