// A JSON value as a tree that opens and closes; long lists are shown in pieces.

import { h } from "./dom.js";
import { button } from "./parts.js";

const PIECE = 100;
const LONG = 400;

/** `depth`: how many levels are open at first. */
export function tree(value, depth = 2) {
  if (value === null || typeof value !== "object") return leaf(value);
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [open, close] = isList ? "[]" : "{}";
  if (!entries.length) return h("span", { class: "value" }, open + close);
  const list = h("ul", { class: "tree" });
  const more = (from) => {
    for (const [key, inner] of entries.slice(from, from + PIECE)) {
      list.append(h("li", {}, isList ? null : h("span", { class: "key" }, key), isList ? null
        : ": ", tree(inner, depth - 1)));
    }
    const next = from + PIECE;
    if (next < entries.length) {
      const item = h("li", {}, button(`${entries.length - next} more…`, () => { item.remove(); more(next); },
        { class: "link" }));
      list.append(item);
    }
  };
  const sum = isList ? `[ ${entries.length} ]`
    : `{ ${entries.slice(0, 3).map(([key]) => key).join(", ")}${entries.length > 3 ? ", …" : ""} }`;
  const box = h("details", { class: "value", open: depth > 0 }, h("summary", {}, sum), list);
  let isMade = depth > 0;
  if (isMade) more(0);
  box.addEventListener("toggle", () => {
    if (box.open && !isMade) { isMade = true; more(0); }
  });
  return box;
}

function leaf(value) {
  const kind = value === null ? "null" : typeof value;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  if (shown.length <= LONG) return h("span", { class: `value ${kind}` }, shown);
  const short = h("span", { class: `value ${kind}` }, `${shown.slice(0, LONG)}…`);
  return h("span", {}, short, button("all of it", ({ target }) => { short.textContent = shown; target.remove(); },
    { class: "link" }));
}

/** One line for a table's cell. */
export function brief(value, most = 120) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  const shown = JSON.stringify(value);
  return shown.length > most ? `${shown.slice(0, most)}…` : shown;
}
