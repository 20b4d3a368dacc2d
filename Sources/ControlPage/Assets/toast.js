// Short messages at the edge: what was done, and what could not be.

import { h } from "./dom.js";

const SECONDS = { done: 4, failed: 12 };
const MOST = 4;

function show(kind, message) {
  const place = document.querySelector(".toasts");
  const close = h("button", { type: "button", class: "icon", "aria-label": "Close", onclick: () => box.remove() }, "×");
  const box = h("div", { class: `toast ${kind}` }, h("span", {}, message), close);
  place.append(box);
  while (place.children.length > MOST) place.firstChild.remove();
  setTimeout(() => box.remove(), SECONDS[kind] * 1_000);
}

export const done = (message) => show("done", message);
export const failed = (error) => show("failed", error.message ?? String(error));

/** Runs `work` for a button: it cannot be pressed meanwhile, and a failure is told, with undefined for the result. */
export async function attempt(button, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    failed(error);
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}
