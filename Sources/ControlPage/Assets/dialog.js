// Dialogs: the browser's own, which keep the focus inside and close with Escape.

import { h } from "./dom.js";

/**
 * Opens a dialog with a form. `act` runs when it is confirmed; it stays open, with the message, when `act` throws.
 * Gives true when it was confirmed and done.
 */
export function form(title, content,
  { confirm = "OK", isDangerous = false, isWide = false, act = async () => {} } = {}) {
  return new Promise((resolve) => {
    let isDone = false;
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const submit = h("button", { type: "submit", class: isDangerous ? "danger" : "primary" }, confirm);
    const cancel = h("button", { type: "button", onclick: () => box.close() }, "Cancel");
    const body = h("form", {
      method: "dialog", novalidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        submit.disabled = true;
        problem.hidden = true;
        try {
          await act();
          isDone = true;
          box.close();
        } catch (error) {
          problem.textContent = error.message;
          problem.hidden = false;
        } finally {
          submit.disabled = false;
        }
      },
    }, h("h2", {}, title), content, problem, h("div", { class: "dialog-end" }, cancel, submit));
    const box = open(body, title, isWide);
    box.addEventListener("close", () => resolve(isDone));
  });
}

/** Asks before something that cannot be taken back, or that stops work. */
export function confirm(title, sentence, word, act, isDangerous = true) {
  return form(title, h("p", {}, sentence), { confirm: word, isDangerous, act });
}

/** Shows something until it is closed. */
export function show(title, content) {
  const close = h("button", { type: "button", class: "primary", onclick: () => box.close() }, "Close");
  const box = open(h("div", { class: "shown" }, h("h2", {}, title), content, h("div", { class: "dialog-end" }, close)),
    title);
}

function open(content, title, isWide = false) {
  const box = h("dialog", { "aria-label": title, class: isWide ? "wide" : "" }, content);
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}
