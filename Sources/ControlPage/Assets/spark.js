// A small line without axes: how something went lately.

import { s } from "./dom.js";

const WIDTH = 88, HEIGHT = 22, EDGE = 2;

/** `update(values)`: numbers, null for gaps; nothing is drawn for null or too few. `format` says a value in words. */
export function spark(label, format) {
  const line = s("path", { class: "spark-line" });
  const area = s("path", { class: "spark-area" });
  const dot = s("circle", { r: 1.8, class: "spark-dot" });
  const title = s("title", {});
  const element = s("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT,
    role: "img" },
    title, area, line, dot);
  element.update = (values) => {
    const points = (values ?? []).map((value, index) => [index, value]).filter(([, value]) => value !== null);
    element.classList.toggle("none", points.length < 2);
    if (points.length < 2) {
      title.textContent = `${label}: not known yet`;
      return;
    }
    const first = points[0][0], last = points.at(-1)[0];
    const top = Math.max(...points.map(([, value]) => value)) || 1;
    const place = ([index, value]) => [
      EDGE + (index - first) / (last - first) * (WIDTH - 2 * EDGE), HEIGHT - EDGE - value / top * (HEIGHT - 2 * EDGE),
    ];
    const placed = points.map(place);
    const drawn = placed.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
    line.setAttribute("d", `M${drawn}`);
    area.setAttribute("d", `M${EDGE} ${HEIGHT}L${drawn}L${placed.at(-1)[0].toFixed(1)} ${HEIGHT}Z`);
    dot.setAttribute("cx", placed.at(-1)[0]);
    dot.setAttribute("cy", placed.at(-1)[1]);
    title.textContent = `${label}: now ${format(points.at(-1)[1])}, at most ${format(top)}`;
  };
  return element;
}
