// The keyboard: `/` finds, `g` and a letter goes somewhere, j and k walk along the rows.

import { h } from "./dom.js";
import { show } from "./dialog.js";

const PLACES = {
  d: ["daemons", "Daemons"], j: ["jobs", "Jobs"], s: ["schedules", "Schedules"], l: ["log", "Log"],
    e: ["errors", "Errors"],
  a: ["activity", "Activity"], c: ["charts", "Charts"], w: ["alerts", "Alerts"],
};
const OTHERS = [
  ["/", "Search"], ["j  k", "Next or previous row"], ["Enter", "Open the row"], ["p", "Pause or go on with a log"],
  ["[  ]", "Previous or next error in a log"], ["?", "This list"], ["Esc", "Close"],
];

let isGoing = false;

function isTyping(target) {
  return target.closest?.("input, textarea, select, dialog, [contenteditable]") !== null;
}

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement?.closest("[data-row]"));
  const row = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  row?.querySelector("a, button")?.focus();
}

export function help() {
  const rows = [
    ...OTHERS, ...Object.entries(PLACES).map(([key, [, name]]) => [`g ${key}`, name]),
  ].map(([keys, what]) => h("tr", {}, h("td", {}, h("kbd", {}, keys)), h("td", {}, what)));
  show("Keyboard", h("table", { class: "keys" }, h("tbody", {}, rows)));
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (isGoing && PLACES[event.key]) location.hash = `#/${PLACES[event.key][0]}`;
    isGoing = event.key === "g";
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("[data-search]")?.focus();
    } else if (event.key === "?") help();
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (["p", "[", "]"].includes(event.key)) document.querySelector(`[data-key="${event.key}"]`)?.click();
  });
}
