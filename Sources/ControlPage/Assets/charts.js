// How things went lately: steps, errors, lag, memory, jobs.

import { every, fill, h } from "./dom.js";
import { address, get } from "./api.js";
import { bytes, duration, now, short } from "./format.js";
import * as live from "./live.js";
import * as route from "./route.js";
import { choices, empty, loader } from "./parts.js";
import { chart } from "./chart.js";

const SPANS = [["900", "15 min"], ["3600", "1 hour"], ["86400", "1 day"]];
const SECONDS = 10;
/** Asked for so much less, in seconds: an hour that grew on the way would be counted more coarsely. */
const MARGIN = 10;

/** `daemon`: of one, null for the host. */
export function chartsView(daemon, place, signal) {
  let span = place.query.get("span") ?? "3600";
  const grid = h("div", { class: "charts live" });
  const load = () => get(address("/api/statistics", {
    daemon, since: new Date(now() - (Number(span) - MARGIN) * 1_000).toISOString(),
  }), signal);
  const ask = loader(grid, load, (answer) => {
    if (answer.buckets.length < 2) { fill(grid, empty("Nothing was measured yet; look again in a minute.")); return; }
    fill(grid, drawings(answer, daemon));
  }, signal, "This host keeps no statistics.");
  every(SECONDS * 1_000, () => { if (!document.hidden) ask(); }, signal);
  live.live.addEventListener("refresh", ask, { signal });
  ask();
  return h("section", { class: daemon === null ? "view" : "" },
    h("div", { class: "bar-top" }, daemon === null ? h("h1", {}, "Charts") : null,
    choices("Span", SPANS, span, (next) => { span = next; route.note({ span }); ask(); })), grid);
}

function drawings({ bucket_seconds: seconds, buckets }, daemon) {
  const times = buckets.map((bucket) => Date.parse(bucket.at));
  const take = (key) => buckets.map((bucket) => bucket[key] ?? null);
  // The last span is still going on: its rate is over what has passed of it, once that is enough to tell.
  const rate = (key) => buckets.map((bucket, index) => {
    const passed = Math.min(seconds, (now() - times[index]) / 1_000);
    return passed < seconds / 3 ? null : bucket[key] / passed;
  });
  const perSecond = (number) => `${short(number)}/s`;
  const all = [
    ["Steps", perSecond, [["steps", rate("steps"), "a"]]],
    ["Errors", short, [["errors", take("errors"), "d"]], { isCount: true }],
    ["Step time", duration, [["longest", take("step_seconds_max"), "c"], ["median", take("step_seconds_p50"), "a"]]],
    ["Lag: how late steps begin", duration, [["longest", take("lag_seconds_max"), "c"]]],
    ["Memory", bytes, [["memory", take("memory_bytes"), "b"]], { base: 1_024 }],
    ["Jobs", short, [["completed", take("jobs_completed"), "b"], ["failed", take("jobs_failed"), "d"]],
      { isCount: true }],
  ];
  return all.filter(([, , series]) => series.some(([, values]) => values.some((value) => value !== null)))
    .map(([title, format, series, kind]) => chart({
      title: daemon === null ? title : `${title} of ${daemon}`, heading: title, times, format,
      series: series.map(([name, values, tone]) => ({ name, values, tone })), ...kind,
    }));
}
