// Inputs made from a schema: keys with type, bounds, choices, default and doc, as configs and job types declare them.

import { h } from "./dom.js";

/** What a value must be, in words. */
export function expectation(key) {
  const bounds = [];
  if (key.min !== null && key.min !== undefined) bounds.push(`from ${key.min}`);
  if (key.max !== null && key.max !== undefined) bounds.push(`to ${key.max}`);
  const unit = key.type === "string" ? " characters" : key.type === "list" ? " entries" : "";
  return [key.type, bounds.length ? bounds.join(" ") + unit : null].filter(Boolean).join(", ");
}

/** `{ element, read, write }`: `read()` gives the value, undefined for none given, or throws with what would be right. */
export function input(key, id) {
  if (key.one_of?.length) return choice(key, id);
  switch (key.type) {
    case "boolean": return boolean(key, id);
    case "integer": case "number": return number(key, id);
    case "list": case "table": return structure(key, id);
    default: return string(key, id);
  }
}

function common(key, id) {
  return { id, name: key.key, "aria-describedby": `${id}-doc`, spellcheck: "false", autocomplete: "off" };
}

function choice(key, id) {
  const options = key.one_of.map((value, index) => h("option", { value: String(index) }, String(value)));
  const element = h("select", common(key, id), key.required ? null : h("option", { value: "" }, "–"), options);
  return {
    element,
    read: () => (element.value === "" ? undefined : key.one_of[Number(element.value)]),
    write: (value) => {
      const at = key.one_of.findIndex((each) => each === value);
      element.value = at < 0 ? "" : String(at);
    },
  };
}

function boolean(key, id) {
  const element = h("input", { ...common(key, id), type: "checkbox", role: "switch" });
  return { element, read: () => element.checked, write: (value) => { element.checked = value === true; } };
}

function number(key, id) {
  const element = h("input", {
    ...common(key, id), type: "number", min: key.min, max: key.max, step: key.type === "integer" ? 1 : "any",
    inputmode: key.type === "integer" ? "numeric" : "decimal",
  });
  return {
    element,
    read: () => {
      if (element.validity.badInput) throw new Error(`${key.key} must be a ${expectation(key)}`);
      return element.value === "" ? undefined : Number(element.value);
    },
    write: (value) => { element.value = value ?? ""; },
  };
}

function string(key, id) {
  const element = key.secret
    ? h("input", { ...common(key, id), type: "password", autocomplete: "new-password", placeholder: key.is_set
      ? "set; not shown" : "" })
    : h("input", { ...common(key, id), type: "text" });
  return {
    element,
    read: () => (element.value === "" && (key.secret || !key.min) && key.default !== "" && !key.value ? undefined
      : element.value),
    write: (value) => { element.value = value ?? ""; },
  };
}

function structure(key, id) {
  const element = h("textarea", { ...common(key, id), rows: 3, class: "code", placeholder: key.type === "list" ? "[ ]"
    : "{ }" });
  return {
    element,
    read: () => {
      const text = element.value.trim();
      if (!text) return undefined;
      let value;
      try { value = JSON.parse(text); } catch (error) { throw new Error(`${key.key} is not JSON: ${error.message}`); }
      const isRight = key.type === "list" ? Array.isArray(value) : value !== null && typeof value === "object"
        && !Array.isArray(value);
      if (!isRight) throw new Error(`${key.key} must be a ${key.type === "list" ? "list: [ … ]" : "table: { … }"}`);
      return value;
    },
    write: (value) => {
      element.value = value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
      element.rows = Math.min(Math.max(element.value.split("\n").length, 2), 12);
    },
  };
}

/** A whole form for `keys`: `{ element, read }`; `read()` gives an object with what was given. */
export function group(keys, prefix) {
  const inputs = keys.map((key) => {
    const made = input(key, `${prefix}-${key.key}`);
    made.write(key.value ?? key.default ?? null);
    return { key, ...made };
  });
  const element = h("div", { class: "fields" }, inputs.map(({ key, element: field }) => h("div", { class: "field" },
    h("label", { for: field.id }, key.key, key.required ? h("span", { class: "required", title: "required" }, " *")
      : null),
    h("div", { class: "field-input" }, field),
    h("p", { class: "doc", id: `${field.id}-doc` }, [key.doc, expectation(key)].filter(Boolean).join(" · ")))));
  const read = () => {
    const values = {};
    for (const { key, read: value } of inputs) {
      const given = value();
      if (given !== undefined) values[key.key] = given;
      else if (key.required) throw new Error(`${key.key} is required`);
    }
    return values;
  };
  return { element, read };
}
