// The pieces that several views are made of.

import { fill, h, text } from "./dom.js";
import { words } from "./format.js";

/** A status as a mark and its word: never by colour alone. */
export function pill(status) {
  const mark = h("span", { class: "mark", "aria-hidden": "true" });
  const word = h("span", {});
  const element = h("span", { class: "pill" }, mark, word);
  element.update = (next) => {
    if (element.dataset.status !== next) element.dataset.status = next;
    text(word, words(next));
  };
  element.update(status);
  return element;
}

/** How far something is: 0…1, or null for unknown. */
export function bar(share, label) {
  const inner = h("div", { class: "bar-fill" });
  const element = h("div", { class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100,
    "aria-label": label },
    inner);
  element.update = (next) => {
    const isKnown = next !== null && next !== undefined;
    element.classList.toggle("unknown", !isKnown);
    const percent = isKnown ? Math.round(Math.min(Math.max(next, 0), 1) * 100) : null;
    if (percent === null) element.removeAttribute("aria-valuenow");
    else element.setAttribute("aria-valuenow", percent);
    inner.style.width = percent === null ? "" : `${percent}%`;
  };
  element.update(share);
  return element;
}

export const empty = (...sentence) => h("p", { class: "empty" }, sentence);

/** A part that this host does not have. */
export const absent = (sentence = "This host does not serve this part.") => h("p", { class: "empty absent" }, sentence);

export const problem = (error) => h("p", { class: "problem", role: "alert" }, error.message);

/** What went wrong in place of a view's content; calm when the host merely does not have it. */
export const insteadOf = (error, sentence) => (error.isAbsent ? absent(sentence) : problem(error));

export const button = (label, act, props = {}) => h("button", { type: "button", onclick: act, ...props }, label);

/** A switch that asks before it shows another state: `change(isOn)` throws when it could not be. */
export function toggle(label, isOn, change) {
  const input = h("input", { type: "checkbox", role: "switch", "aria-label": label, checked: isOn });
  input.addEventListener("change", async () => {
    const wanted = input.checked;
    input.disabled = true;
    try { await change(wanted); } catch { input.checked = !wanted; } finally { input.disabled = false; }
  });
  input.update = (next) => { if (!input.disabled) input.checked = next; };
  return input;
}

/** Fills `place` from `load()` now and whenever `ask()` is called; one at a time, the last asking wins. */
export function loader(place, load, show, signal, whenAbsent) {
  let round = 0;
  return async function ask() {
    const mine = ++round;
    try {
      const value = await load();
      if (mine === round && !signal.aborted) show(value);
    } catch (error) {
      if (signal.aborted || mine !== round || error.status === 401) return;
      // Without a connection what was shown stays; the page says that it is old.
      if (error.status || !place.hasChildNodes()) fill(place, insteadOf(error, whenAbsent));
    }
  };
}

/** A search field that waits for a pause in typing. */
export function search(label, value, change) {
  let timer = null;
  return h("input", {
    type: "search", placeholder: label, "aria-label": label, value, "data-search": true, spellcheck: "false",
    oninput: ({ target }) => {
      clearTimeout(timer);
      timer = setTimeout(() => change(target.value.trim()), 200);
    },
  });
}

/** Choices of which one counts, as a row of buttons. */
export function choices(label, options, chosen, change) {
  const buttons = options.map(([value, name]) => h("button", {
    type: "button", "aria-pressed": String(value === chosen), data: { value },
    onclick: () => { element.update(value); change(value); },
  }, h("span", {}, name), h("span", { class: "count" })));
  const element = h("div", { class: "choices", role: "group", "aria-label": label }, buttons);
  element.update = (value) => {
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.value === value));
  };
  element.count = (numbers) => {
    for (const each of buttons) {
      const number = numbers[each.dataset.value];
      text(each.lastChild, number === undefined ? "" : String(number));
    }
  };
  return element;
}

export function select(label, options, value, change) {
  return h("select", { "aria-label": label, onchange: ({ target }) => change(target.value) },
    options.map(([word, name]) => h("option", { value: word, selected: word === value }, name)));
}

/** Facts as pairs: `[name, element or text]`. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A button that opens a list of buttons; it closes with Escape and when one of them, or something else, is pressed. */
export function dropDown(label, buttons, signal) {
  const box = h("details", { class: "menu" }, h("summary", {}, label),
    h("div", { class: "menu-items", onclick: () => { box.open = false; } }, buttons));
  const close = (event) => { if (!box.contains(event.target)) box.open = false; };
  document.addEventListener("pointerdown", close, { signal });
  document.addEventListener("focusin", close, { signal });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    box.open = false;
    box.firstChild.focus();
  });
  return box;
}
