// What happened in the host: starts, stops, failures, changes, with their reasons.

import { fill, h, throttled } from "./dom.js";
import { address, get, path } from "./api.js";
import { clock, now, words } from "./format.js";
import * as live from "./live.js";
import { href } from "./route.js";
import { empty, loader, pill } from "./parts.js";
import { brief } from "./values.js";

const LIMIT = 200;

/** `daemon`: whose, null for all. */
export function activityView(daemon, signal) {
  const base = daemon === null ? "/api/activities" : `${path("api", "daemons", daemon)}/activities`;
  const place = h("div", { class: "feed live" });
  const ask = loader(place, () => get(address(base, { limit: LIMIT }), signal), (entries) => {
    fill(place, entries.length ? byDay(entries.toReversed(), daemon === null) : empty("Nothing happened yet."));
  }, signal);
  const soon = throttled(1_000, ask, signal);
  live.live.addEventListener("event", ({ detail }) => { if (detail.kind !== "log") soon(); }, { signal });
  live.live.addEventListener("refresh", ask, { signal });
  ask();
  return h("section", { class: daemon === null ? "view" : "" }, daemon === null ? h("h1", {}, "Activity")
    : null, place);
}

function byDay(entries, hasDaemon) {
  const days = [];
  for (const entry of entries) {
    const day = new Date(entry.at).toDateString();
    if (days.at(-1)?.day !== day) days.push({ day, entries: [] });
    days.at(-1).entries.push(entry);
  }
  const today = new Date(now()).toDateString();
  return days.map(({ day, entries: list }) => h("section", {},
    h("h2", {}, day === today ? "Today"
      : new Date(day).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" })),
    h("ol", {}, list.map((entry) => happening(entry, hasDaemon)))));
}

function happening(entry, hasDaemon) {
  // A change of status says which one it is in its message's first word.
  const [, status, reason] = entry.kind === "status" ? /^([a-z_]+): ?([^]*)$/.exec(entry.message) ?? [] : [];
  return h("li", { class: "happening" },
    h("time", { datetime: entry.at }, clock(entry.at)),
    hasDaemon ? h("span", { class: "who" }, entry.daemon === null ? "host"
      : h("a", { href: href(["daemons", entry.daemon]) }, entry.daemon)) : null,
    status ? pill(status) : h("span", { class: "what" }, words(entry.kind)),
    h("span", { class: "why" }, reason ?? entry.message, entry.details === null ? null
      : h("code", { class: "log-field" }, brief(entry.details))));
}
