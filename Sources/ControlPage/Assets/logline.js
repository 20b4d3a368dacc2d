// One line of a log.

import { h } from "./dom.js";
import { clock, moment } from "./format.js";
import { brief } from "./values.js";
import { href } from "./route.js";

/** An element for a stored log line; `needle` is marked in its message. What its place says already is left out. */
export function line(entry, { hasDaemon, needle, isOfJob }) {
  const fields = Object.entries(entry.fields ?? {}).map(([name, value]) => {
    const isBlock = typeof value === "string" && value.includes("\n");
    return h("span", { class: isBlock ? "log-field block" : "log-field" },
      isBlock ? null : h("span", { class: "log-key" }, `${name}=`), brief(value, 300));
  });
  return h("li", { class: `log-line ${entry.level}`, "data-id": entry.id },
    h("time", { datetime: entry.at, title: `${moment(entry.at)}, generation ${entry.generation}, step ${entry.step}` },
      clock(entry.at, true)),
    h("span", { class: "log-level" }, entry.level),
    hasDaemon ? h("span", { class: "log-who" }, entry.daemon === null ? "host"
      : h("a", { href: href(["daemons", entry.daemon]) }, entry.daemon)) : null,
    h("span", { class: "log-text" }, marked(entry.message, needle), fields,
      entry.job === null || isOfJob ? null
        : h("a", { class: "log-field", href: href(["jobs", String(entry.job)]) }, `job ${entry.job}`)));
}

function marked(message, needle) {
  const at = needle ? message.toLowerCase().indexOf(needle.toLowerCase()) : -1;
  if (at < 0) return message;
  return [message.slice(0, at), h("mark", {}, message.slice(at, at + needle.length)),
    message.slice(at + needle.length)];
}
