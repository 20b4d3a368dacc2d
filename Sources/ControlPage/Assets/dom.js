// Makes and updates elements. Texts always become text nodes: nothing that is shown is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: `class`, `on…` listeners, `data`, `style` (an object), and attributes. */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** The same for a part of a drawing. */
export function s(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag), props, children);
}

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "style") Object.assign(element.style, value);
  else if (name === "value" || name === "checked" || name === "htmlFor") element[name] = value;
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
}

/** Appends elements, texts, and lists of them; what is null or false is left out. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces all that is in `element`. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Sets the text if it is another one, so that a selection or a screen reader is not disturbed. */
export function text(element, value) {
  const wanted = value ?? "";
  if (element.textContent !== wanted) element.textContent = wanted;
}

/**
 * Brings the children of `container` in line with `items`: rows are made once, updated afterwards, moved when the order
 * changes, and keep focus. `make(item)` gives an element with a method `update(item)`.
 */
export function keyed(container, items, keyOf, make) {
  const rows = container.keyedRows ??= new Map();
  const wanted = new Set();
  let place = container.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    wanted.add(key);
    let row = rows.get(key);
    if (!row) rows.set(key, row = make(item));
    row.update(item);
    if (row === place) place = place.nextSibling;
    else container.insertBefore(row, place);
  }
  for (const [key, row] of rows) {
    if (wanted.has(key)) continue;
    row.remove();
    rows.delete(key);
  }
}

/** Calls `work` at most once in `delay` milliseconds, and once more at the end when it was asked meanwhile. */
export function throttled(delay, work, signal) {
  let timer = null, isAsked = false;
  const run = () => {
    timer = setTimeout(() => { timer = null; if (isAsked) { isAsked = false; run(); } }, delay);
    work();
  };
  signal?.addEventListener("abort", () => { clearTimeout(timer); timer = 0; });
  return () => { if (signal?.aborted) return; if (timer === null) run(); else isAsked = true; };
}

/** Calls `work` every `delay` milliseconds until the signal ends it. */
export function every(delay, work, signal) {
  const timer = setInterval(work, delay);
  signal.addEventListener("abort", () => clearInterval(timer));
}
