// The daemons as they are now: asked for every few seconds, and changed at once by what the stream tells.

import { get } from "./api.js";
import { live } from "./live.js";

/** Tells `change` when something is another, `loaded` after each complete answer. */
export const daemons = new EventTarget();

const records = new Map();
let timer = null, isAsking = false, isRunning = false;
/** Whether the list was ever complete. */
export let isLoaded = false;

const SOON = 2_000;
/** A crowd is asked for less often: each answer has them all. */
const SLOW = 10_000, CROWD = 400;

export const all = () => [...records.values()];
export const find = (name) => records.get(name);

/** Takes one daemon's record from an answer or an event. */
export function take(record) {
  const known = records.get(record.name);
  records.set(record.name, { ...known, ...record });
  daemons.dispatchEvent(new Event("change"));
}

export function forget(name) {
  if (records.delete(name)) daemons.dispatchEvent(new Event("change"));
}

/** Asks for all of them now. */
export async function load() {
  if (isAsking) return;
  isAsking = true;
  clearTimeout(timer);
  try {
    const list = await get("/api/daemons?include=recent");
    const names = new Set(list.map((record) => record.name));
    for (const name of records.keys()) if (!names.has(name)) records.delete(name);
    for (const record of list) records.set(record.name, record);
    isLoaded = true;
    daemons.dispatchEvent(new Event("change"));
    daemons.dispatchEvent(new Event("loaded"));
  } catch {
    // Whoever listens to the answers says that the host is silent, or asks for a login.
  } finally {
    isAsking = false;
    plan();
  }
}

function plan() {
  clearTimeout(timer);
  if (isRunning && !document.hidden) timer = setTimeout(load, records.size > CROWD ? SLOW : SOON);
}

export function start() {
  isRunning = true;
  load();
}

export function stop() {
  isRunning = false;
  clearTimeout(timer);
}

document.addEventListener("visibilitychange", plan);
live.addEventListener("refresh", load);
live.addEventListener("trouble", load);
live.addEventListener("event", ({ detail }) => {
  if (detail.kind === "daemon") take(JSON.parse(detail.text));
  if (detail.kind === "removed") forget(JSON.parse(detail.text).name);
});
