// Running a job: a form from its type's schema.

import { fill, h } from "./dom.js";
import { get, post } from "./api.js";
import * as dialog from "./dialog.js";
import { href } from "./route.js";
import { group } from "./fields.js";
import { done } from "./toast.js";

/** The job types that the host knows; null when it does not tell. */
export async function jobTypes() {
  try { return await get("/api/job-types"); } catch (error) {
    if (error.isAbsent) return null;
    throw error;
  }
}

/** A form for the type and its arguments: `{ element, read }`, where `read()` gives `{ type, args }`. */
export function typeForm(types, chosen, args, prefix) {
  const place = h("div", {});
  let form = null;
  const show = (type) => {
    const known = types?.find((each) => each.type === type);
    const keys = known && !known.takes_any_args && known.args
      ? known.args.map((key) => (args && key.key in args ? { ...key, value: args[key.key] } : key)) : null;
    form = keys === null
      ? group([{ key: "args", type: "table", value: args ?? {}, doc: "What the job is given" }], prefix)
      : group(keys, prefix);
    fill(place, known?.doc ? h("p", { class: "hint" }, known.doc) : null,
      known?.problem ? h("p", { class: "problem" }, known.problem) : null, form.element);
    form.isFree = keys === null;
  };
  const field = types
    ? h("select", { id: `${prefix}-type`, onchange: ({ target }) => show(target.value) },
      types.map(({ type }) => h("option", { value: type, selected: type === chosen }, type)))
    : h("input", { id: `${prefix}-type`, type: "text", value: chosen ?? "", spellcheck: "false", required: true });
  show(types ? chosen ?? types[0]?.type : null);
  return {
    element: h("div", {}, h("div", { class: "fields" },
      h("div", { class: "field" }, h("label", { for: field.id }, "type"), h("div", { class: "field-input" }, field))),
      place),
    read: () => {
      const values = form.read();
      return { type: field.value.trim(), args: form.isFree ? values.args ?? {} : values };
    },
  };
}

export async function runJob(chosen, args) {
  const types = await jobTypes();
  const form = typeForm(types, chosen, args, "run");
  await dialog.form("Run a job", form.element, {
    confirm: "Run", isWide: true,
    act: async () => {
      const job = await post("/api/jobs", form.read());
      done(`Job ${job.id} was launched`);
      location.hash = href(["jobs", String(job.id)]);
    },
  });
}
