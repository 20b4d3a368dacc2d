// Source text and differences of it, with line numbers.

import { h } from "./dom.js";
import { plural } from "./format.js";
import { diff, hunks } from "./diff.js";

const SIGNS = { same: " ", old: "−", new: "+" };
const NAMES = { same: "", old: "removed: ", new: "added: " };

/** The text; `marked` is the number of a line to point at, and only `around` lines about it are shown, all when 0. */
export function listing(text, marked = 0, around = 0) {
  const lines = text.split("\n");
  const first = around ? Math.max(0, marked - 1 - around) : 0;
  const last = around ? Math.min(lines.length, marked + around) : lines.length;
  return h("div", { class: "source", tabindex: "0" }, lines.slice(first, last).map((line, index) => {
    const number = first + index + 1;
    return h("div", { class: number === marked ? "source-line marked" : "source-line" },
      h("span", { class: "number" }, String(number)), h("code", {}, line || " "));
  }));
}

export function comparison(oldText, newText) {
  const lines = diff(oldText, newText);
  const [gone, come] = ["old", "new"].map((kind) => lines.filter((line) => line.kind === kind).length);
  return h("div", {}, h("p", { class: "hint" }, `${plural(come, "line")} added, ${plural(gone, "line")} removed`),
    h("div", { class: "source diff", tabindex: "0" }, hunks(lines).map((line) => (line.kind === "gap"
      ? h("div", { class: "source-line gap" }, h("span", { class: "number" }), h("span", { class: "number" }),
        h("code", {}, `… ${plural(line.count, "line")} …`))
      : h("div", { class: `source-line ${line.kind}` },
        h("span", { class: "number" }, line.before === null ? "" : String(line.before)),
        h("span", { class: "number" }, line.after === null ? "" : String(line.after)),
        h("span", { class: "sign", "aria-label": NAMES[line.kind] }, SIGNS[line.kind]),
          h("code", {}, line.text || " "))))));
}
