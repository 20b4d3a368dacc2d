// What needs somebody's attention.

import { fill, h } from "./dom.js";
import { get, path, post } from "./api.js";
import { ago, moment, words } from "./format.js";
import * as live from "./live.js";
import { button, choices, empty, loader } from "./parts.js";
import { attempt, done } from "./toast.js";

export function alertsView(signal) {
  const list = h("div", { class: "live" });
  let which = "active";
  const ask = loader(list, () => get(`/api/alerts${which === "active" ? "?state=active" : ""}`, signal), (alerts) => {
    fill(list, alerts.length ? alerts.map((alert) => entry(alert, ask))
      : empty(which === "active" ? "Nothing needs attention." : "There was no alert."));
  }, signal, "This host raises no alerts.");
  live.live.addEventListener("event", ({ detail }) => { if (detail.kind === "alert") ask(); }, { signal });
  live.live.addEventListener("refresh", ask, { signal });
  ask();
  return h("section", { class: "view" }, h("div", { class: "bar-top" }, h("h1", {}, "Alerts"),
    choices("Which", [["active", "Active"], ["all", "All"]], which, (next) => { which = next; ask(); })), list);
}

function entry(alert, changed) {
  const state = alert.resolved_at ? "over" : alert.acknowledged_at ? "acknowledged" : "open";
  return h("article", { class: `card alert ${state}`, "data-row": alert.id },
    h("div", {}, h("strong", {}, `${words(alert.kind)}: ${alert.subject}`), h("p", {}, alert.message),
      h("p", { class: "hint", title: moment(alert.raised_at) }, [
        `raised ${ago(alert.raised_at)}`, alert.acknowledged_at ? `acknowledged ${ago(alert.acknowledged_at)}` : "",
        alert.resolved_at ? `over ${ago(alert.resolved_at)}` : "",
      ].filter(Boolean).join(" · "))),
    state === "open" ? button("Acknowledge", ({ target }) => attempt(target, async () => {
      await post(path("api", "alerts", String(alert.id), "acknowledge"));
      done("Acknowledged");
      changed();
    })) : null);
}
