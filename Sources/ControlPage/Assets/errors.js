// What failed, grouped: the same failure is one entry with how often it came.

import { fill, h, throttled } from "./dom.js";
import { address, get, path, post } from "./api.js";
import { ago, moment, plural } from "./format.js";
import * as live from "./live.js";
import { href } from "./route.js";
import { button, empty, loader, toggle } from "./parts.js";
import { attempt, done } from "./toast.js";
import { listing } from "./source.js";

const LIMIT = 100, AROUND = 4;

/** `daemon`: whose, null for all. */
export function errorsView(daemon, signal) {
  const base = daemon === null ? "/api/errors" : `${path("api", "daemons", daemon)}/errors`;
  const list = h("div", { class: "live" });
  const opened = new Set();
  let hasResolved = false;

  const ask = loader(list, () => get(address(base, { limit: LIMIT, resolved: hasResolved || "" }), signal),
    (groups) => {
    fill(list, groups.length ? groups.map((group) => entry(group, daemon === null, opened, ask, signal))
      : empty("Nothing failed."));
  }, signal);
  const soon = throttled(1_500, ask, signal);
  live.live.addEventListener("event", ({ detail }) => { if (detail.kind === "daemon") soon(); }, { signal });
  live.live.addEventListener("refresh", ask, { signal });
  ask();
  const also = toggle("Also those that are over", false, async (isOn) => { hasResolved = isOn; await ask(); });
  return h("section", { class: daemon === null ? "view" : "" },
    h("div", { class: "bar-top" }, daemon === null ? h("h1", {}, "Errors") : null,
    h("label", { class: "with-switch" }, also, "Also those that are over")), list);
}

function entry(group, hasDaemon, opened, changed, signal) {
  const key = group.fingerprint;
  const body = h("div", { class: "failure-body" });
  const at = group.file ? `${group.file}${group.line ? `:${group.line}` : ""}` : null;
  const box = h("details", { class: `card failure ${group.resolved_at ? "over" : ""}`, open: opened.has(key) },
    h("summary", { "data-row": key },
      h("span", { class: "count-badge", title: plural(group.count, "time") }, `×${group.count}`),
      h("span", { class: "failure-message" }, group.message),
      h("span", { class: "failure-where" }, hasDaemon
        ? h("a", { href: href(["daemons", group.daemon, "errors"]) }, group.daemon) : null, at ? ` ${at}` : null),
      h("span", { class: "failure-when", title: moment(group.last_seen) }, group.resolved_at ? "over"
        : ago(group.last_seen))), body);
  const fillBody = () => {
    const source = h("div", {});
    fill(body, h("p", { class: "hint" },
      [group.kind, `first ${moment(group.first_seen)}`, `last ${moment(group.last_seen)}`,
        `generation ${group.generation}, code ${group.code_hash.slice(0, 8)}`].join(" · ")),
      group.traceback ? h("pre", { class: "trace" }, group.traceback) : null, source,
      h("div", { class: "section-acts" },
        group.resolved_at ? null : button("Resolve", ({ target }) => attempt(target, async () => {
          await post(path("api", "errors", key, "resolve"));
          done("Resolved; it is open again should it come again");
          changed();
        })),
        h("a", { class: "button quiet", href: href(["daemons", group.daemon, "log"], { level: "error" }) },
          "In the log")));
    showSource(source, group, signal);
  };
  if (box.open) fillBody();
  box.addEventListener("toggle", () => {
    if (box.open) opened.add(key); else opened.delete(key);
    if (box.open && !body.hasChildNodes()) fillBody();
  });
  return box;
}

/** The lines about the failure, from the text of the generation that failed. */
async function showSource(place, group, signal) {
  if (!group.line || !group.generation) return;
  try {
    const version = await get(path("api", "daemons", group.daemon, "versions", String(group.generation)), signal);
    // A module's file is named as it is required: lib/a/b.lua for "a.b".
    const module = /\blib\/(.+)\.lua$/.exec(group.file)?.[1].replaceAll("/", ".");
    const text = module ? version.modules[module] : version.source;
    if (text) fill(place, listing(text, group.line, AROUND));
  } catch { /* No text is kept of that generation: the traceback tells where. */ }
}
