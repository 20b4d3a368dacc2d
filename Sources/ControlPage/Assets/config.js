// A daemon's config as a form made from its schema. Each setting is saved by itself: the others are left alone.

import { fill, h, text } from "./dom.js";
import { get, patch, path } from "./api.js";
import { brief } from "./values.js";
import { button, empty, insteadOf } from "./parts.js";
import { expectation, input } from "./fields.js";
import { done } from "./toast.js";

export function configView(name, signal) {
  const target = `${path("api", "daemons", name)}/config`;
  const problems = h("div", {});
  const list = h("div", { class: "fields config" });
  const rows = new Map();

  function take(config) {
    fill(problems, config.problems.map((sentence) => h("p", { class: "problem", role: "alert" }, sentence)));
    for (const key of config.keys) {
      if (!rows.has(key.key)) {
        const made = setting(key, async (value) => take(await patch(target, { [key.key]: value })));
        rows.set(key.key, made);
        list.append(made.element);
      }
      rows.get(key.key).update(key);
    }
    if (!config.keys.length) fill(list, empty("Its script declares no config."));
  }

  get(target, signal).then(take, (error) => { if (!signal.aborted) fill(list, insteadOf(error)); });
  return h("section", {}, h("p", { class: "hint" },
    "A change counts at once and is kept: a daemon that runs is restarted with its state."),
    problems, list);
}

/** One key with its field; `save(value)` sets it, null for its default. */
function setting(first, save) {
  let key = first;
  const id = `config-${key.key}`;
  const field = input(key, id);
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const origin = h("span", { class: "origin" });
  const keep = button("Save", () => set(), { class: "primary", hidden: true });
  const undo = button("Undo", () => { field.write(key.value); edited(); }, { hidden: true });
  const reset = button("Use the default", () => set(null), { class: "quiet" });
  const isSwitch = key.type === "boolean" && !key.one_of?.length;

  async function set(value) {
    problem.hidden = true;
    field.element.disabled = true;
    try {
      const wanted = value === undefined ? field.read() ?? null : value;
      await save(wanted);
      field.write(key.value);
      edited();
      done(`${key.key} ${wanted === null ? "has its default" : key.secret ? "is set" : `is ${brief(key.value)}`}`);
    } catch (error) {
      text(problem, error.message);
      problem.hidden = false;
      if (isSwitch) field.write(key.value);
    } finally {
      field.element.disabled = false;
    }
  }

  function isEdited() {
    try {
      const given = field.read();
      return key.secret ? given !== undefined : JSON.stringify(given ?? null) !== JSON.stringify(key.value ?? null);
    } catch { return true; }
  }
  function edited() { keep.hidden = undo.hidden = isSwitch || !isEdited(); }

  field.element.addEventListener(isSwitch ? "change" : "input", () => (isSwitch ? set() : edited()));
  field.element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && field.element.tagName !== "TEXTAREA" && !keep.hidden) set();
  });

  const element = h("div", { class: "field", "data-key-name": key.key },
    h("label", { for: id }, key.key, key.required ? h("span", { class: "required" }, " *") : null),
    h("div", { class: "field-input" }, field.element, keep, undo, reset, origin),
    h("p", { class: "doc", id: `${id}-doc` }, [key.doc, expectation(key)].filter(Boolean).join(" · ")), problem);
  const update = (next) => {
    // What somebody has typed and not saved yet stays when it is another setting that changed.
    const isKept = !isSwitch && isEdited() && JSON.stringify(next.value) === JSON.stringify(key.value);
    key = next;
    if (!isKept) field.write(key.value);
    element.classList.toggle("is-set", key.is_set);
    text(origin, key.is_set ? (key.secret ? "set" : key.default === null ? "set" : `default: ${brief(key.default)}`)
      : "default");
    reset.hidden = !key.is_set;
    edited();
  };
  return { element, update };
}
