// Every daemon at a glance: what it does, when next, since when nothing was heard, what is wrong.

import { every, h, keyed, text, throttled } from "./dom.js";
import { get, post } from "./api.js";
import { ago, ahead, bytes, count, duration, plural, words } from "./format.js";
import * as dialog from "./dialog.js";
import * as live from "./live.js";
import * as route from "./route.js";
import * as store from "./store.js";
import { attempt, done } from "./toast.js";
import { bar, button, choices, dropDown, empty, pill, search } from "./parts.js";
import { group } from "./fields.js";
import { act, isAwake } from "./acts.js";
import { spark } from "./spark.js";

const STATUSES = ["running", "backing_off", "failed", "starting", "stopping", "stopped"];
const URGENCY = { failed: 0, backing_off: 1, stopping: 2, starting: 3, running: 4, stopped: 5 };
const COLUMNS = [
  ["name", "Daemon"], ["status", "Status"], [null, "What it does"], ["next", "Next step"], ["heard", "Heartbeat"],
  ["errors", "Errors"], ["memory", "Memory"], [null, "Step time"], [null, ""],
];
const ORDERS = {
  name: (a, b) => compare(a.name, b.name),
  status: (a, b) => URGENCY[a.status] - URGENCY[b.status] || compare(a.name, b.name),
  next: (a, b) => compare(a.next_step_at ?? "~", b.next_step_at ?? "~"),
  heard: (a, b) => compare(a.last_heartbeat ?? "", b.last_heartbeat ?? ""),
  errors: (a, b) => b.consecutive_errors - a.consecutive_errors || b.errors - a.errors,
  memory: (a, b) => b.memory_bytes - a.memory_bytes,
};
/** More rows than a reader looks at; the rest is one press away. */
const PIECE = 200;

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export function daemonsView(place, signal) {
  const filter = {
    status: place.query.get("status") ?? "", q: place.query.get("q") ?? "", sort: place.query.get("sort") ?? "name",
  };
  let most = PIECE;
  const change = (changes) => {
    Object.assign(filter, changes);
    most = PIECE;
    route.note({ ...changes, ...(changes.sort === "name" ? { sort: "" } : {}) });
    show();
  };

  const chips = choices("Status", [["", "All"], ...STATUSES.map((status) => [status, words(status)])], filter.status,
    (status) => change({ status }));
  const heads = COLUMNS.map(([key, name]) => h("th", { scope: "col" }, key
    ? button(name, () => change({ sort: key }), { class: "sort", data: { sort: key } }) : name));
  const body = h("tbody", { class: "live" });
  const table = h("table", { class: "rows daemons" }, h("thead", {}, h("tr", {}, heads)), body);
  const rest = h("div", { class: "rest" });

  function show() {
    const records = store.all();
    const needle = filter.q.toLowerCase();
    const fits = ({ name, type, activity, reason }) =>
      !needle || [name, type, activity, reason].some((field) => field?.toLowerCase().includes(needle));
    const found = records.filter((record) => (!filter.status || record.status === filter.status) && fits(record))
      .sort(ORDERS[filter.sort] ?? ORDERS.name);
    const counts = { "": records.length };
    for (const status of STATUSES) counts[status] = records.filter((record) => record.status === status).length;
    chips.count(counts);
    for (const chip of chips.children) {
      const status = chip.dataset.value;
      chip.hidden = status !== "" && counts[status] === 0 && filter.status !== status;
    }
    for (const [index, [key]] of COLUMNS.entries()) {
      if (key === filter.sort) heads[index].setAttribute("aria-sort", "ascending");
      else heads[index].removeAttribute("aria-sort");
    }
    const rows = found.slice(0, most);
    keyed(body, rows, (record) => record.name, row);
    table.hidden = found.length === 0;
    rest.replaceChildren();
    if (found.length > most) {
      rest.append(button(`${count(found.length - most)} more`, () => { most += PIECE; show(); }));
    } else if (!found.length && store.isLoaded) rest.append(nothing(records.length, filter));
  }

  store.daemons.addEventListener("change", throttled(150, show, signal), { signal });
  live.live.addEventListener("state", show, { signal });
  every(1_000, () => { for (const each of body.children) each.tick(); }, signal);
  show();
  return h("div", { class: "view" },
    h("div", { class: "bar-top" },
      h("h1", {}, "Daemons"), chips,
      h("div", { class: "push" }, search("Search daemons", filter.q, (q) => change({ q })), menu(signal))),
    table, rest);
}

function nothing(total, filter) {
  if (total) return empty("No daemon fits ",
    h("strong", {}, [words(filter.status), filter.q].filter(Boolean).join(", ")), ".");
  return empty("No daemon yet. Drop a file into ", h("code", {}, "scripts/"), ": it is a daemon and starts.");
}

function row(first) {
  let record = first;
  const link = h("a", { href: route.href(["daemons", first.name]), class: "name" }, first.name);
  const type = h("span", { class: "type" });
  const status = pill(first.status);
  const activity = h("span", { class: "activity" });
  const progress = bar(null, `progress of ${first.name}`);
  const names = ["next", "heard", "errors", "memory", "steps"];
  const cells = Object.fromEntries(names.map((name) => [name, h("td", { class: name })]));
  const line = spark(`Step times of ${first.name}`, duration);
  cells.steps.append(line);
  const switchButton = button("", ({ target }) => act(target, record.name, isAwake(record) ? "stop" : "start"),
    { class: "quiet" });
  const again = button("Restart", ({ target }) => act(target, record.name, "restart"), { class: "quiet" });
  const element = h("tr", { "data-row": first.name },
    h("td", { class: "who" }, link, type), h("td", { class: "how" }, status),
    h("td", { class: "what" }, activity, progress),
    cells.next, cells.heard, cells.errors, cells.memory, cells.steps,
    h("td", { class: "acts" }, switchButton, again));

  element.tick = () => {
    const isFresh = live.state !== "lost";
    const isLive = isAwake(record);
    text(cells.next, !isLive && !record.next_step_at ? "–" : isFresh ? ahead(record.next_step_at) : "?");
    text(cells.heard, record.last_heartbeat ? ago(record.last_heartbeat) : "–");
  };
  element.update = (next) => {
    record = next;
    element.dataset.status = record.status;
    status.update(record.status);
    text(type, record.type !== record.name ? record.type : "");
    const isTroubled = record.status === "failed" || record.status === "backing_off";
    text(activity, isTroubled || !record.activity ? record.reason : record.activity);
    activity.classList.toggle("trouble", isTroubled);
    activity.classList.toggle("soft", !isTroubled && !record.activity);
    activity.title = activity.textContent;
    progress.hidden = record.progress === null;
    progress.update(record.progress);
    const inRow = record.consecutive_errors;
    text(cells.errors, inRow ? `${inRow} in a row` : record.errors ? count(record.errors) : "–");
    cells.errors.title = `${plural(record.errors, "error")} in ${plural(record.steps, "step")}`;
    cells.errors.classList.toggle("trouble", record.consecutive_errors > 0);
    text(cells.memory, record.memory_bytes ? bytes(record.memory_bytes) : "–");
    line.update(record.recent_steps ?? null);
    text(switchButton, isAwake(record) ? "Stop" : "Start");
    switchButton.setAttribute("aria-label", `${isAwake(record) ? "Stop" : "Start"} ${record.name}`);
    again.setAttribute("aria-label", `Restart ${record.name}`);
    element.tick();
  };
  return element;
}

// MARK: - All of them, and another one

function menu(signal) {
  const all = (command, sentence) => dialog.confirm(`${command} all daemons?`, sentence, `${command} all`, async () => {
    const records = await post(`/api/daemons/${command.toLowerCase()}-all`);
    for (const record of records) store.take(record);
    done(`${command}: ${plural(records.length, "daemon")}`);
  }, command === "Stop");
  return dropDown("Actions", [
    button("Add a daemon…", add),
    button("Start all…", () => all("Start", "Every daemon that is enabled and at rest starts.")),
    button("Restart all…", () =>
      all("Restart", "Every daemon that runs is stopped in good order and started with its state.")),
    button("Stop all…", () => all("Stop", "Every daemon is stopped in good order. They start again with the host.")),
    button("Read the scripts again", ({ target }) => attempt(target, async () => {
      await post("/api/reload");
      store.load();
      done("The scripts were read again");
    })),
  ], signal);
}

async function add() {
  const types = [...new Set(store.all().map((record) => record.type))].sort();
  const form = group([
    { key: "name", type: "string", min: 1, required: true, doc: "The new daemon's name" },
    { key: "script", type: "string", one_of: types, required: true, doc: "The script that it is another instance of" },
    { key: "config", type: "table", doc: "Values for its config; what is left out has its default" },
    { key: "enabled", type: "boolean", default: true, doc: "Start it now and with the host" },
  ], "add");
  await dialog.form("Add a daemon", form.element, {
    confirm: "Add",
    act: async () => {
      const record = await post("/api/daemons", form.read());
      store.take(record);
      done(`${record.name} was added`);
      location.hash = route.href(["daemons", record.name]);
    },
  });
}
