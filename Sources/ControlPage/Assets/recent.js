// The last step times of the daemons that are looked at, from the host's statistics.

import { address, get } from "./api.js";
import { every, throttled } from "./dom.js";

const MOST = 40;
const SECONDS = 15;
/** What a small line shows. */
const SPAN = 10 * 60;

/** `look(names)` says who is looked at; `of(name)` gives seconds by time, or null when nothing is known. */
export function recentSteps(signal) {
  const target = new EventTarget();
  const known = new Map(), asked = new Map();
  let names = [];
  target.isServed = true;

  async function ask() {
    if (!target.isServed || document.hidden) return;
    const due = names.slice(0, MOST).filter((name) => Date.now() - (asked.get(name) ?? 0) > SECONDS * 900);
    for (const name of due) {
      if (signal.aborted || !target.isServed) return;
      asked.set(name, Date.now());
      try {
        const since = new Date(Date.now() - SPAN * 1_000).toISOString();
        const { buckets } = await get(address("/api/statistics", { daemon: name, since }), signal);
        known.set(name, buckets.map((bucket) => bucket.step_seconds_p50 ?? null));
        target.dispatchEvent(new Event("change"));
      } catch (error) {
        if (!error.isAbsent) continue;
        target.isServed = false;
        target.dispatchEvent(new Event("change"));
      }
    }
  }
  const soon = throttled(500, ask, signal);
  every(SECONDS * 1_000, ask, signal);
  target.of = (name) => known.get(name) ?? null;
  target.look = (next) => {
    if (next.length === names.length && next.every((name, index) => name === names[index])) return;
    names = next;
    soon();
  };
  return target;
}
