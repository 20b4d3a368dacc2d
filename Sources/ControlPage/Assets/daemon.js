// One daemon: what it does and why, what it can be told, and everything that is known of it.

import { every, fill, h, text } from "./dom.js";
import { get, path, remove } from "./api.js";
import { ago, ahead, bytes, count, moment, plural } from "./format.js";
import * as dialog from "./dialog.js";
import * as live from "./live.js";
import { href } from "./route.js";
import * as store from "./store.js";
import { done } from "./toast.js";
import { bar, button, facts, pill, problem, toggle } from "./parts.js";
import { act, isAwake } from "./acts.js";
import { activityView } from "./activity.js";
import { chartsView } from "./charts.js";
import { configView } from "./config.js";
import { consoleView } from "./console.js";
import { errorsView } from "./errors.js";
import { jobsView } from "./jobs.js";
import { logView } from "./log.js";
import { stateView } from "./state.js";
import { versionsView } from "./versions.js";

const TABS = [
  ["log", "Log"], ["config", "Config"], ["state", "State"], ["versions", "Versions"], ["jobs", "Jobs"],
    ["errors", "Errors"],
  ["activity", "Activity"], ["charts", "Charts"], ["console", "Console"],
];

function tabFor(name, tab, place, signal) {
  switch (tab) {
    case "config": return configView(name, signal);
    case "state": return stateView(name, signal);
    case "versions": return versionsView(name, place, signal);
    case "jobs": return jobsView(place, signal, name);
    case "errors": return errorsView(name, signal);
    case "activity": return activityView(name, signal);
    case "charts": return chartsView(name, place, signal);
    case "console": return consoleView(name, signal);
    default: return logView({ daemon: name, place, signal });
  }
}

export function daemonView(name, tab, place, signal) {
  const status = pill("stopped");
  const reason = h("p", { class: "reason" });
  const activity = h("p", { class: "activity" });
  const progress = bar(null, `progress of ${name}`);
  const startStop = button("", ({ target }) => act(target, name, isAwake(store.find(name) ?? {}) ? "stop" : "start"));
  const again = button("Restart", ({ target }) => act(target, name, "restart"));
  const enabled = toggle(`Start ${name} with the host`, true, async (isOn) => {
    const record = await act(enabled, name, isOn ? "enable" : "disable");
    if (!record) throw new Error("not changed");
  });
  const drop = button("Remove…", () => removal(name), { class: "quiet danger" });
  const names = ["next", "heard", "success", "started", "steps", "errors", "restarts", "memory", "jobs", "code"];
  const fact = Object.fromEntries(names.map((key) => [key, h("span", {})]));
  const content = h("div", { class: "tab" });
  const head = h("header", { class: "daemon-head" });
  const whole = h("div", { class: "view daemon" }, head, tabs(name, tab), content);

  fill(head,
    h("div", { class: "daemon-title" }, h("a", { class: "back", href: "#/daemons", "aria-label": "All daemons" }, "‹"),
      h("h1", {}, name), status),
    h("div", { class: "daemon-acts" }, h("label", { class: "with-switch" }, enabled, "Starts with the host"),
      startStop, again, drop),
    h("div", { class: "live daemon-now" }, reason, activity, progress, facts([
      ["Next step", fact.next], ["Heartbeat", fact.heard], ["Last success", fact.success], ["Started", fact.started],
      ["Steps", fact.steps], ["Errors", fact.errors], ["Restarts", fact.restarts], ["Memory", fact.memory],
      ["Jobs now", fact.jobs], ["Code", fact.code],
    ])));

  function tick() {
    const record = store.find(name);
    if (!record) return;
    text(fact.next, live.state === "lost" ? "?" : ahead(record.next_step_at));
    text(fact.heard, ago(record.last_heartbeat));
    text(fact.success, ago(record.last_success));
  }

  function show() {
    const record = store.find(name);
    if (!record) return;
    status.update(record.status);
    head.dataset.status = record.status;
    text(reason, record.reason);
    text(activity, record.activity);
    activity.hidden = !record.activity;
    progress.hidden = record.progress === null;
    progress.update(record.progress);
    enabled.update(record.enabled);
    text(startStop, isAwake(record) ? "Stop" : "Start");
    drop.hidden = record.name === record.type;
    text(fact.started, moment(record.started_at));
    text(fact.steps, count(record.steps));
    text(fact.errors, record.consecutive_errors ? `${count(record.errors)}, ${record.consecutive_errors} in a row`
      : count(record.errors));
    text(fact.restarts, count(record.restarts));
    text(fact.memory, bytes(record.memory_bytes));
    text(fact.jobs, count(record.running_jobs));
    text(fact.code, record.code_hash ? `${record.code_hash.slice(0, 8)} (${record.generation})` : "–");
    tick();
  }

  store.daemons.addEventListener("change", show, { signal });
  store.daemons.addEventListener("loaded", () => { if (!store.find(name)) gone(whole, name); }, { signal });
  live.live.addEventListener("state", show, { signal });
  every(1_000, tick, signal);
  if (!store.find(name)) {
    get(path("api", "daemons", name), signal).then(store.take, (error) => {
      if (error.status === 404) fill(whole, problem(error), h("p", {}, h("a", { href: "#/daemons" }, "All daemons")));
    });
  }
  show();
  fill(content, tabFor(name, tab, place, signal));
  return whole;
}

function tabs(name, current) {
  return h("nav", { class: "tabs", "aria-label": `Parts of ${name}` }, TABS.map(([word, title]) =>
    h("a", { href: href(["daemons", name, word]), "aria-current": word === current ? "page" : null }, title)));
}

function gone(whole, name) {
  fill(whole, h("p", { class: "empty" }, `There is no daemon '${name}' any more. `,
    h("a", { href: "#/daemons" }, "All daemons")));
}

async function removal(name) {
  const record = store.find(name);
  const isDone = await dialog.confirm(`Remove ${name}?`,
    `It is stopped and forgotten with its state and config, after ${plural(record?.steps ?? 0, "step")}. Its log stays.`,
    "Remove",
    () => remove(path("api", "daemons", name)));
  if (!isDone) return;
  store.forget(name);
  done(`${name} was removed`);
  location.hash = "#/daemons";
}
