// A line chart with axes. The pointer, or the arrow keys when it has the focus, tells the values at a time.

import { fill, h, s } from "./dom.js";
import { clock } from "./format.js";

const WIDTH = 460, HEIGHT = 150, LEFT = 52, RIGHT = 10, TOP = 8, BOTTOM = 22;
const ROWS = 3, COLUMNS = 4;
/** A bar is no wider, however few there are. */
const WIDEST = 16;
/** So few milliseconds are told apart by their seconds, too. */
const BRIEF = 8 * 60_000;

/**
 * `times` in milliseconds; `series`: `{ name, values, tone }` with null for gaps. `isCount`: what happened in each span,
 * drawn as bars on one another; else lines. `base`: what round numbers of the unit are powers of.
 */
export function chart({ title, heading, times, series, format, isCount = false, base = 1_000 }) {
  const known = (values) => values.filter((value) => value !== null);
  const sums = times.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const most = Math.max(0, ...(isCount ? sums : series.flatMap(({ values }) => known(values))));
  const top = isCount ? ROWS * Math.max(1, Math.ceil(niceTop(most / ROWS, base))) : niceTop(most, base);
  const x = (index) => LEFT + (times[index] - times[0]) / (times.at(-1) - times[0]) * (WIDTH - LEFT - RIGHT);
  const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const cursor = s("line", { class: "chart-cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const dots = series.map(({ tone }) => s("circle", { r: 3, class: `chart-dot tone-${tone}`, visibility: "hidden" }));
  const legend = h("div", { class: "chart-legend" });
  const latest = (values) => known(values).at(-1) ?? null;
  const drawing = s("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: "0",
    "aria-label": `${title}: ${series.map(({ name, values }) => `${name} now ${say(latest(values))}`).join(", ")}`,
  }, grid(), isCount ? bars() : series.map(({ values, tone }) => lines(values, tone)), cursor, isCount ? null : dots);

  function say(value) { return value === null ? "–" : format(value); }

  function grid() {
    const rows = Array.from({ length: ROWS + 1 }, (_, index) => top * index / ROWS);
    const columns = Array.from({ length: COLUMNS + 1 },
      (_, index) => times[0] + (times.at(-1) - times[0]) * index / COLUMNS);
    return [
      ...rows.map((value) => s("line",
        { class: "chart-grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) })),
      ...rows.map((value) => s("text", { class: "chart-label", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" },
        format(value))),
      ...columns.map((time, index) => s("text", {
        class: "chart-label", x: LEFT + index / COLUMNS * (WIDTH - LEFT - RIGHT), y: HEIGHT - 6,
        "text-anchor": index === 0 ? "start" : index === COLUMNS ? "end" : "middle",
      }, clock(time).slice(0, times.at(-1) - times[0] < BRIEF ? 8 : 5))),
    ];
  }

  function lines(values, tone) {
    const runs = [];
    let isOpen = false;
    values.forEach((value, index) => {
      if (value === null) { isOpen = false; return; }
      if (!isOpen) runs.push([]);
      isOpen = true;
      runs.at(-1).push(`${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
    });
    return runs.map((run) => s("path",
      { class: `chart-line tone-${tone}`, d: run.length === 1 ? `M${run[0]}h.1` : `M${run.join("L")}` }));
  }

  function bars() {
    const width = Math.min(Math.max(1, (WIDTH - LEFT - RIGHT) / times.length - 0.6), WIDEST);
    return times.flatMap((_, index) => {
      let below = 0;
      return series.map(({ values, tone }) => {
        const value = values[index];
        if (!value) return null;
        below += value;
        const left = Math.min(Math.max(x(index) - width / 2, LEFT), WIDTH - RIGHT - width);
        return s("rect", {
          class: `chart-bar tone-${tone}`, x: left.toFixed(1), width: width.toFixed(1), y: y(below).toFixed(1),
          height: (y(0) - y(value)).toFixed(1),
        });
      });
    });
  }

  function showLegend(index) {
    fill(legend, index === null ? null : h("span", { class: "chart-time" }, clock(times[index])),
      series.map(({ name, values, tone }) =>
        h("span", { class: `chart-name tone-${tone}` }, `${name} `,
        h("b", {}, say(index === null ? latest(values) : values[index])))));
  }

  let at = null;
  function point(index) {
    at = index;
    const isOn = index !== null;
    cursor.setAttribute("visibility", isOn ? "visible" : "hidden");
    if (isOn) { cursor.setAttribute("x1", x(index)); cursor.setAttribute("x2", x(index)); }
    series.forEach(({ values }, each) => {
      const value = isOn ? values[index] : null;
      dots[each].setAttribute("visibility", value === null ? "hidden" : "visible");
      if (value !== null) { dots[each].setAttribute("cx", x(index)); dots[each].setAttribute("cy", y(value)); }
    });
    showLegend(index);
  }

  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT);
    const time = times[0] + Math.min(Math.max(share, 0), 1) * (times.at(-1) - times[0]);
    const next = times.findIndex((each) => each >= time);
    point(next > 0 && time - times[next - 1] < times[next] - time ? next - 1 : Math.max(next, 0));
  });
  drawing.addEventListener("pointerleave", () => point(null));
  drawing.addEventListener("blur", () => point(null));
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    point(Math.min(Math.max((at ?? times.length - 1) + step, 0), times.length - 1));
  });
  point(null);
  return h("figure", { class: "card chart" }, h("figcaption", {}, heading), legend, drawing);
}

/** The least round number that is at least `value` and parts well into rows. */
function niceTop(value, base) {
  if (value <= 0) return 1;
  const unit = base ** Math.floor(Math.log(value) / Math.log(base));
  const size = unit * 10 ** Math.floor(Math.log10(value / unit));
  return [1, 1.5, 3, 6, 10, 15].map((step) => step * size).find((step) => step >= value) ?? value;
}
