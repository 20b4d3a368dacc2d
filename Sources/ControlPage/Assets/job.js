// One job: how far it is, what it was given, what it gave, what it said.

import { every, fill, h, text, throttled } from "./dom.js";
import { address, get, path } from "./api.js";
import { ahead, between, moment, plural } from "./format.js";
import * as live from "./live.js";
import { href } from "./route.js";
import { bar, button, empty, facts, insteadOf, pill } from "./parts.js";
import { cancelJob, isOver, retryJob } from "./jobacts.js";
import { runJob } from "./jobrun.js";
import { line as logLine } from "./logline.js";
import { tree } from "./values.js";

const LINES = 200;

export function jobView(id, signal) {
  const base = path("api", "jobs", id);
  const whole = h("div", { class: "view job" });
  const status = pill("pending"), progress = bar(null, `progress of job ${id}`),
    message = h("p", { class: "activity" });
  const took = h("span", {}), next = h("span", {}), details = h("div", {}), values = h("div", {}), lines = h("div", {});
  const title = h("h1", {});
  const take = (after) => { if (after) show(after); };
  const cancel = button("Cancel", ({ target }) => cancelJob(target, job, take));
  const retry = button("Retry", ({ target }) => retryJob(target, job, take));
  const again = button("Run another…", () => runJob(job.type, job.args), { class: "quiet" });
  let job = null, hasLines = false, shownValues = "";

  function tick() {
    if (!job) return;
    text(took, job.started_at ? live.state === "lost" && !isOver(job) ? "?" : between(job.started_at, job.finished_at)
      : "–");
    text(next, job.status === "pending" ? ahead(job.run_at) : "–");
  }

  function show(record) {
    if (job === null) fill(whole, frame());
    job = record;
    text(title, `${job.type} #${job.id}`);
    status.update(job.status);
    progress.hidden = job.status !== "running" && job.status !== "cancelling";
    progress.update(job.progress);
    text(message, job.message ?? job.reason);
    cancel.hidden = isOver(job);
    cancel.disabled = job.status === "cancelling";
    retry.hidden = job.status !== "failed" && job.status !== "cancelled";
    fill(details, facts([
      ["From", job.daemon ? h("a", { href: href(["daemons", job.daemon]) }, job.daemon) : "–"],
      ["Parent", job.parent === null ? "–" : h("a", { href: href(["jobs", String(job.parent)]) }, `#${job.parent}`)],
      ["Attempt", `${job.attempt} of ${job.max_attempts}`], ["Priority", String(job.priority)],
      ["Made", moment(job.created_at)], ["Next run", next], ["Started", moment(job.started_at)],
        ["Ended", moment(job.finished_at)],
      ["Took", took], ["Tags", job.tags.join(", ") || "–"],
    ]));
    const nextValues = JSON.stringify([job.args, job.result, job.error]);
    if (nextValues !== shownValues) {
      shownValues = nextValues;
      fill(values,
        job.error === null ? null : h("div", {}, h("h2", {}, "Error"), h("pre", { class: "card trouble" }, job.error)),
        h("div", { class: "two" },
          h("div", {}, h("h2", {}, "Arguments"), h("div", { class: "card code" }, tree(job.args))),
          h("div", {}, h("h2", {}, "Result"),
            h("div", { class: "card code" }, job.result === null ? empty("none") : tree(job.result)))));
    }
    tick();
  }

  function frame() {
    return [
      h("header", { class: "daemon-head" },
        h("div", { class: "daemon-title" }, h("a", { class: "back", href: "#/jobs", "aria-label": "All jobs" }, "‹"),
          title, status),
        h("div", { class: "daemon-acts" }, cancel, retry, again),
        h("div", { class: "live daemon-now" }, message, progress, details)),
      values, h("h2", {}, "Log"), lines,
    ];
  }

  async function ask() {
    try { show(await get(base, signal)); } catch (error) {
      if (!signal.aborted && error.status
        && error.status !== 401) fill(whole, insteadOf(error), h("p", {}, h("a", { href: "#/jobs" }, "All jobs")));
    }
  }
  async function askLines() {
    try {
      const said = await get(address(`${base}/logs`, { limit: LINES }), signal);
      hasLines = said.lines.length > 0 || said.output !== "" || said.error_output !== "";
      fill(lines, hasLines ? null : empty("It has said nothing."),
        said.lines.length ? h("ol", { class: "log-lines card" },
          said.lines.map((entry) => logLine(entry, { hasDaemon: false, isOfJob: true }))) : null,
        said.lines.length === LINES ? h("p", { class: "hint" }, `The newest ${plural(LINES, "line")}.`) : null,
        said.output ? h("div", {}, h("h2", {}, "Output"), h("pre", { class: "card" }, said.output)) : null,
        said.error_output ? h("div", {}, h("h2", {}, "Error output"), h("pre", { class: "card" }, said.error_output))
          : null);
    } catch (error) {
      if (!signal.aborted && error.status && error.status !== 401 && !hasLines) fill(lines, insteadOf(error));
    }
  }
  const soon = throttled(500, () => { ask(); askLines(); }, signal);
  live.live.addEventListener("event", ({ detail }) => {
    const event = detail.kind === "job" || detail.kind === "log" ? JSON.parse(detail.text) : {};
    if (detail.kind === "job" && String(event.id) === id) { show(event); soon(); }
    if (detail.kind === "log" && String(event.job) === id) soon();
  }, { signal });
  live.live.addEventListener("refresh", soon, { signal });
  every(1_000, tick, signal);
  ask();
  askLines();
  return whole;
}
