// Begins here: lets the reader in, and puts the view that the address names into the page.

import { fill, h, text } from "./dom.js";
import { get, tell } from "./api.js";
import { moment } from "./format.js";
import * as live from "./live.js";
import * as login from "./login.js";
import * as route from "./route.js";
import * as shortcuts from "./shortcuts.js";
import * as store from "./store.js";
import * as theme from "./theme.js";
import { absent } from "./parts.js";
import { activityView } from "./activity.js";
import { alertsView } from "./alerts.js";
import { chartsView } from "./charts.js";
import { daemonView } from "./daemon.js";
import { daemonsView } from "./daemons.js";
import { errorsView } from "./errors.js";
import { jobView } from "./job.js";
import { jobsView } from "./jobs.js";
import { logView } from "./log.js";
import { schedulesView } from "./schedules.js";

const PARTS = [
  ["daemons", "Daemons"], ["jobs", "Jobs"], ["schedules", "Schedules"], ["log", "Log"], ["errors", "Errors"],
  ["activity", "Activity"], ["charts", "Charts"], ["alerts", "Alerts"],
];
const main = document.getElementById("main");
let ending = null, isIn = false, shown = null;

function viewFor(place, signal) {
  const [part = "daemons", ...rest] = place.parts;
  switch (part) {
    case "daemons": return rest.length ? daemonView(rest[0], rest[1] ?? "log", place, signal)
      : daemonsView(place, signal);
    case "jobs": return rest.length ? jobView(rest[0], signal) : jobsView(place, signal);
    case "schedules": return schedulesView(place, signal);
    case "log": return logView({ daemon: null, place, signal });
    case "errors": return errorsView(null, signal);
    case "activity": return activityView(null, signal);
    case "charts": return chartsView(null, place, signal);
    case "alerts": return alertsView(signal);
    default: return absent(`There is no part '${part}' of this page.`);
  }
}

/** What is followed by the stream for a place. */
function wishFor({ parts }) {
  if (parts[0] === "daemons" && parts[1]) return { daemon: parts[1] };
  if (parts[0] === "log" || parts[0] === "jobs" && parts[1]) return { logs: true };
  return {};
}

function showPlace() {
  const token = login.tokenFromAddress();
  if (token) { enter(token); return; }
  if (!isIn) return;
  const place = route.here();
  // The daemon's own page changes its tab without being made anew.
  const key = place.parts.slice(0, 3).join("/");
  ending?.abort();
  ending = new AbortController();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  live.want(wishFor(place));
  fill(main, viewFor(place, ending.signal));
  const part = place.parts[0] ?? "daemons";
  const name = PARTS.find(([word]) => word === part)?.[1] ?? part;
  document.title = `${place.parts[1] ? `${place.parts[1]} · ` : ""}${name} · lunad`;
  for (const link of document.querySelectorAll(".nav a")) {
    if (link.dataset.part === part) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else {
      link.removeAttribute("aria-current");
    }
  }
  if (shown !== null && shown.split("/")[0] !== part) main.focus({ preventScroll: true });
  if (shown !== null && shown.split("/").slice(0, 2).join("/") !== key.split("/").slice(0, 2).join("/")) scrollTo(0, 0);
  shown = key;
}

// MARK: - Getting in

function letIn() {
  isIn = true;
  document.body.classList.remove("is-out");
  live.start();
  store.start();
  showPlace();
}

function keepOut(message) {
  if (!isIn && document.querySelector(".login")) return;
  isIn = false;
  ending?.abort();
  live.stop();
  store.stop();
  document.body.classList.add("is-out");
  fill(main, login.form(letIn, message));
  document.getElementById("token")?.focus();
}

async function enter(token) {
  try {
    if (token) await login.logIn(token);
    await get("/ready").catch((error) => { if (error.status === 401) throw error; });
    letIn();
  } catch (error) {
    keepOut(token ? error.message : undefined);
  }
}

// MARK: - The connection, shown plainly

function showConnection() {
  const state = live.state;
  document.documentElement.dataset.link = state;
  const line = document.querySelector(".link-state");
  text(line, { connecting: "Connecting…", live: "Live", lost: "Not connected" }[state]);
  const banner = document.querySelector(".banner");
  banner.hidden = state !== "lost";
  if (state === "lost" && !banner.textContent) {
    fill(banner, h("strong", {}, "No connection to the host."),
      ` What is shown is from ${moment(live.heardAt)}. Trying again…`);
  }
  if (state !== "lost") fill(banner);
}

// MARK: - What needs attention, at the parts' names

function badges() {
  const failed = store.all().filter((record) => record.status === "failed").length;
  badge("daemons", failed, `${failed} failed`);
}

function badge(part, number, meaning) {
  const place = document.querySelector(`.nav a[data-part="${part}"] .badge`);
  if (!place) return;
  place.hidden = number === 0;
  text(place, String(number));
  place.title = meaning;
  place.setAttribute("aria-label", meaning);
}

async function countAlerts() {
  if (!isIn || document.hidden) return;
  const active = await get("/api/alerts?state=active").catch(() => []);
  const open = active.filter((alert) => !alert.acknowledged_at).length;
  badge("alerts", open, `${open} not acknowledged`);
}

function begin() {
  fill(document.querySelector(".nav"), PARTS.map(([part, name]) =>
    h("a", { href: `#/${part}`, data: { part } }, name, h("span", { class: "badge", hidden: true }))));
  theme.start(document.getElementById("theme"));
  shortcuts.start();
  document.getElementById("keys").addEventListener("click", shortcuts.help);
  tell({
    unauthorized: () => keepOut(),
    heard: () => live.heard(true),
    silent: () => live.heard(false),
  });
  live.live.addEventListener("state", showConnection);
  live.live.addEventListener("event", ({ detail }) => { if (detail.kind === "alert") countAlerts(); });
  live.live.addEventListener("refresh", countAlerts);
  store.daemons.addEventListener("change", badges);
  addEventListener("hashchange", showPlace);
  showConnection();
  setInterval(countAlerts, 30_000);
  enter(login.tokenFromAddress());
}

begin();
