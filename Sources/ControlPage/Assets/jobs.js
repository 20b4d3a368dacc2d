// Jobs: what waits, runs and has ended. The filters are in the address.

import { every, h, keyed, text, throttled } from "./dom.js";
import { address, get } from "./api.js";
import { ago, ahead, between, moment, words } from "./format.js";
import * as live from "./live.js";
import * as route from "./route.js";
import { bar, button, choices, empty, insteadOf, pill, search } from "./parts.js";
import { brief } from "./values.js";
import { cancelJob, isOver, retryJob } from "./jobacts.js";
import { runJob } from "./jobrun.js";

const ACTIVE = "pending,running,cancelling", PAST = "completed,failed,cancelled";
const KINDS = [["", "All"], [ACTIVE, "Active"], [PAST, "Past"], ["running", "Running"], ["pending", "Waiting"],
  ["failed", "Failed"]];
const PIECE = 50, MOST = 500;

/** `daemon`: only those that it launched. */
export function jobsView(place, signal, daemon = null) {
  const read = (name) => place.query.get(name) ?? "";
  const filter = { status: read("status"), type: read("type"), tag: read("tag"), daemon: daemon ?? read("daemon") };
  let limit = PIECE, round = 0;
  const body = h("tbody", { class: "live" });
  const titles = ["Job", "Status", "What it does", "Arguments", ...(daemon ? [] : ["From"]), "When", "Took", ""];
  const table = h("table", { class: "rows jobs" },
    h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col" }, title)))), body);
  const rest = h("div", { class: "rest" });

  async function ask() {
    const mine = ++round;
    try {
      const jobs = await get(address("/api/jobs", { ...filter, limit }), signal);
      if (mine !== round) return;
      keyed(body, jobs, (job) => job.id, (job) => row(job, daemon === null, ask));
      table.hidden = jobs.length === 0;
      rest.replaceChildren(...(jobs.length ? jobs.length === limit && limit < MOST
        ? [button("Older ones", () => { limit = Math.min(MOST, limit + 4 * PIECE); ask(); })] : []
        : [Object.values(filter).some(Boolean) ? empty("No job fits.") : empty("No job yet.")]));
    } catch (error) {
      if (!signal.aborted && mine === round
        && error.status) { table.hidden = true; rest.replaceChildren(insteadOf(error)); }
    }
  }
  function change(changes) {
    Object.assign(filter, changes);
    limit = PIECE;
    route.note(changes);
    ask();
  }
  const soon = throttled(400, ask, signal);
  live.live.addEventListener("event", ({ detail }) => { if (detail.kind === "job") soon(); }, { signal });
  live.live.addEventListener("refresh", ask, { signal });
  every(1_000, () => { for (const each of body.children) each.tick(); }, signal);
  ask();

  const fields = ["type", ...(daemon ? [] : ["daemon"]), "tag"].map((name) =>
    h("input", {
      type: "search", class: "short", placeholder: `of ${name}`, "aria-label": `Only of this ${name}`,
        value: filter[name], spellcheck: "false",
      ...(name === "type" ? { "data-search": true } : {}),
      onchange: ({ target }) => change({ [name]: target.value.trim() }),
    }));
  return h("section", { class: daemon ? "" : "view" }, h("div", { class: "bar-top" },
    daemon ? null : h("h1", {}, "Jobs"), choices("Status", KINDS, filter.status, (status) => change({ status })),
    h("div", { class: "push" }, fields, daemon ? null : button("Run a job…", () => runJob(), { class: "primary" }))),
  table, rest);
}

function row(first, hasDaemon, changed) {
  let job = first;
  const status = pill(job.status);
  const what = h("span", { class: "activity" });
  const progress = bar(null, `progress of job ${job.id}`);
  const when = h("td", { class: "when" }), took = h("td", { class: "took" });
  const cancel = button("Cancel", ({ target }) => cancelJob(target, job, changed),
    { class: "quiet", "aria-label": `Cancel job ${job.id}` });
  const retry = button("Retry", ({ target }) => retryJob(target, job, changed),
    { class: "quiet", "aria-label": `Retry job ${job.id}` });
  const element = h("tr", { "data-row": job.id },
    h("td", { class: "who" }, h("a", { class: "name", href: route.href(["jobs", String(job.id)]) }, `${job.type} `,
      h("span", { class: "type" }, `#${job.id}`))),
    h("td", { class: "how" }, status), h("td", { class: "what" }, what, progress),
    h("td", { class: "args" }, h("code", { title: brief(job.args, 1_000) }, brief(job.args, 60))),
    hasDaemon ? h("td", { class: "from" }, job.daemon
      ? h("a", { href: route.href(["daemons", job.daemon]) }, job.daemon) : "–") : null,
    when, took, h("td", { class: "acts" }, cancel, retry));
  element.tick = () => {
    const isWaiting = job.status === "pending";
    text(when, isWaiting ? ahead(job.run_at) : ago(job.finished_at ?? job.started_at ?? job.created_at));
    when.title = moment(job.finished_at ?? job.started_at ?? job.created_at);
    text(took, isWaiting ? "–" : live.state === "lost" && !isOver(job) ? "?"
      : between(job.started_at, job.finished_at));
  };
  element.update = (next) => {
    job = next;
    element.dataset.status = job.status;
    status.update(job.status);
    const attempt = job.attempt > 1 && !isOver(job) ? `attempt ${job.attempt} of ${job.max_attempts}` : "";
    const says = job.status === "failed" ? job.error ?? job.reason : job.message ?? (isOver(job) ? job.reason : "");
    text(what, [says, attempt].filter(Boolean).join(" · ") || (isOver(job) ? "" : words(job.reason ?? "")));
    what.title = what.textContent;
    what.classList.toggle("trouble", job.status === "failed");
    progress.hidden = job.status !== "running" && job.status !== "cancelling";
    progress.update(job.progress);
    cancel.hidden = isOver(job);
    cancel.disabled = job.status === "cancelling";
    retry.hidden = job.status !== "failed" && job.status !== "cancelled";
    element.tick();
  };
  return element;
}
