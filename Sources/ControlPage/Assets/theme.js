// Light, dark, or as the system has it.

import { fill, s } from "./dom.js";

const ORDER = ["auto", "light", "dark"];
const NAMES = { auto: "as the system has it", light: "light", dark: "dark" };
const DRAWINGS = {
  auto: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  dark: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
};

let current = "auto";

/** Takes up the last choice and lets `button` change it. */
export function start(button) {
  try { current = ORDER.includes(localStorage.theme) ? localStorage.theme
    : "auto"; } catch { /* not allowed: not kept */ }
  button.addEventListener("click", () => {
    current = ORDER[(ORDER.indexOf(current) + 1) % ORDER.length];
    try { localStorage.theme = current; } catch { /* not allowed: not kept */ }
    apply(button);
  });
  apply(button);
}

function apply(button) {
  document.documentElement.dataset.theme = current;
  const name = `Colours: ${NAMES[current]}`;
  button.setAttribute("aria-label", name);
  button.title = name;
  fill(button, s("svg", { viewBox: "0 0 24 24", width: 18, height: 18, "aria-hidden": "true", class: "drawn" },
    s("path", { d: DRAWINGS[current] }),
    current === "auto" ? s("path", { d: "M12 3.5a8.5 8.5 0 0 1 0 17z", class: "full" }) : null));
}
