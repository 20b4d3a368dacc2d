// The stream of events: one a page, only while the page is seen. It resumes where it left off, and whoever shows
// data is told to ask anew when something was missed.

import { address } from "./api.js";

/** Tells `event` (kind, data), `refresh` (ask anew for all that is shown) and `state`. */
export const live = new EventTarget();

const KINDS = ["daemon", "removed", "job", "log", "alert"];
let source = null, lastId = null, wish = {}, retry = null, wasOpen = false, mayRun = false;
let isOpen = false, isHeard = true;

/** `connecting` at first, then `live` or `lost`. */
export let state = "connecting";
/** When the host was last heard of; the data that is shown is from then. */
export let heardAt = Date.now();

function setState() {
  const next = isOpen && isHeard ? "live" : wasOpen || !isHeard ? "lost" : "connecting";
  if (next === "live") heardAt = Date.now();
  if (next === state) return;
  state = next;
  live.dispatchEvent(new Event("state"));
}

/** An answer came, or none did. */
export function heard(is) {
  const isBack = is && !isHeard;
  isHeard = is;
  if (is) heardAt = Date.now();
  setState();
  if (isBack && !isOpen) open();
}

/** Which events are wanted: `{}` for all but log lines, `{ daemon }` for all of one, `{ logs: true }` for all. */
export function want(wanted) {
  if (JSON.stringify(wanted) === JSON.stringify(wish) && source) return;
  wish = wanted;
  if (mayRun) open();
}

function target() {
  const parameters = { after: lastId };
  if (wish.daemon) parameters.daemon = wish.daemon;
  else if (!wish.logs) parameters.kind = "daemon,removed,job,alert";
  return address("/api/events", parameters);
}

function open() {
  close();
  if (document.hidden || !mayRun) return;
  source = new EventSource(target());
  source.onopen = () => {
    const isBack = wasOpen && !isOpen;
    isOpen = wasOpen = true;
    isHeard = true;
    setState();
    // Without a place to resume from, what happened before this moment has to be asked for.
    if (isBack || lastId === null) refresh();
  };
  source.onerror = () => {
    isOpen = false;
    setState();
    // The browser goes on by itself after a broken connection, and gives up after an answer that it does not like.
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, 1_500);
    live.dispatchEvent(new Event("trouble"));
  };
  source.addEventListener("missed", refresh);
  for (const kind of KINDS) source.addEventListener(kind, (message) => take(kind, message));
}

function take(kind, message) {
  if (message.lastEventId) lastId = message.lastEventId;
  heardAt = Date.now();
  live.dispatchEvent(new CustomEvent("event", { detail: { kind, text: message.data } }));
}

function refresh() { live.dispatchEvent(new Event("refresh")); }

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

/** Begins; harmless when it runs. */
export function start() {
  if (mayRun) return;
  mayRun = true;
  open();
}

/** Ends until `start`: somebody has to log in first. */
export function stop() {
  mayRun = isOpen = wasOpen = false;
  close();
}

document.addEventListener("visibilitychange", () => {
  if (!mayRun) return;
  if (document.hidden) {
    close();
    isOpen = wasOpen = false;
  } else {
    open();
    refresh();
  }
});
