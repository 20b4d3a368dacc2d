// Jobs by the clock: when the next one comes, what became of the last, and changing them.

import { every, fill, h, text } from "./dom.js";
import { get, patch, path, post, put, remove } from "./api.js";
import { ago, ahead, duration, moment, words } from "./format.js";
import * as dialog from "./dialog.js";
import * as live from "./live.js";
import { href } from "./route.js";
import { button, empty, loader, toggle } from "./parts.js";
import { group } from "./fields.js";
import { jobTypes, typeForm } from "./jobrun.js";
import { attempt, done, failed } from "./toast.js";
import { brief } from "./values.js";

export function schedulesView(place, signal) {
  const list = h("div", { class: "live" });
  let ticks = [];
  const ask = loader(list, () => get("/api/schedules", signal), (schedules) => {
    ticks = [];
    fill(list, schedules.length ? h("table", { class: "rows schedules" },
      h("thead", {}, h("tr", {}, ["Schedule", "When", "Next", "Last", "On",
        ""].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, schedules.map((schedule) => row(schedule, ask, ticks))))
      : empty("No schedule yet: one launches a job by a cron line or every so many seconds."));
  }, signal, "This host shows no schedules.");
  live.live.addEventListener("event",
    ({ detail }) => { if (detail.kind === "job") ask(); }, { signal });
  live.live.addEventListener("refresh", ask, { signal });
  every(1_000, () => { for (const tick of ticks) tick(); }, signal);
  ask();
  return h("section", { class: "view" }, h("div", { class: "bar-top" }, h("h1", {}, "Schedules"),
    h("div", { class: "push" }, button("Add a schedule…", () => edit(null, ask), { class: "primary" }))), list);
}

function row(schedule, changed, ticks) {
  const base = path("api", "schedules", schedule.name);
  const next = h("td", { class: "next", title: moment(schedule.next_at) });
  const tick = () => text(next, !schedule.enabled ? "–" : live.state === "lost" ? "?" : ahead(schedule.next_at));
  ticks.push(tick);
  tick();
  const on = toggle(`Schedule ${schedule.name} on`, schedule.enabled, async (enabled) => {
    try { await patch(base, { enabled }); } catch (error) { failed(error); throw error; }
    done(`${schedule.name} is ${enabled ? "on" : "off"}`);
    changed();
  });
  return h("tr", { "data-row": schedule.name },
    h("td", { class: "who" }, button(schedule.name, () => edit(schedule, changed), { class: "name link" }),
      h("span", { class: "type" }, schedule.type, " "),
      h("code", {}, brief(schedule.args, 60))),
    h("td", {}, schedule.cron ? h("code", {}, schedule.cron) : `every ${duration(schedule.every)}`, schedule.zone
      && schedule.cron ? h("span", { class: "type" }, " ", schedule.zone) : null),
    next, h("td", { title: moment(schedule.last_at) }, schedule.last_at ? ago(schedule.last_at)
      : "never", " ", outcome(schedule)),
    h("td", {}, on),
    h("td", { class: "acts" }, button("Run now", ({ target }) => attempt(target, async () => {
      await post(`${base}/run`);
      done(`${schedule.name} was run`);
      changed();
    }), { class: "quiet" }), button("Remove…",
      () => dialog.confirm(`Remove ${schedule.name}?`, "Jobs that it has launched stay.", "Remove", async () => {
      await remove(base);
      done(`${schedule.name} was removed`);
      changed();
    }), { class: "quiet" })));
}

/** What became of the last one: the job that it launched, or why it launched none. */
function outcome({ last_outcome: name, last_job: job, last_reason: reason }) {
  if (!name) return null;
  const word = h("span", { class: `outcome ${name}`, title: reason }, words(name));
  return job ? h("a", { href: href(["jobs", String(job)]) }, word) : word;
}

async function edit(schedule, changed) {
  let types;
  try { types = await jobTypes(); } catch (error) { failed(error); return; }
  const value = (name, otherwise) => schedule?.[name] ?? otherwise;
  const head = group([
    ...(schedule ? [] : [{ key: "name", type: "string", required: true, doc: "What it is called" }]),
    { key: "cron", type: "string", value: value("cron", ""),
      doc: "Minute, hour, day, month, weekday, such as 30 4 * * 1-5; or give every" },
    { key: "every", type: "number", min: 1, value: value("every", null),
      doc: "Seconds from one to the next, in place of cron" },
    { key: "zone", type: "string", value: value("zone", ""), doc: "The time zone of the cron line" },
    { key: "catch_up", type: "string", one_of: ["none", "one", "all"], required: true, value: value("catch_up", "one"),
      doc: "Which of those are made up for that came while no host ran" },
    { key: "overlap", type: "string", one_of: ["skip", "queue", "allow"], required: true,
      value: value("overlap", "skip"), doc: "What happens while the last one's job still runs" },
    { key: "enabled", type: "boolean", value: value("enabled", true) },
  ], "schedule");
  const job = typeForm(types, schedule?.type, schedule?.args, "schedule-job");
  await dialog.form(schedule ? `Schedule ${schedule.name}`
    : "Add a schedule", h("div", {}, head.element, h("h3", {}, "Job"), job.element), {
    confirm: schedule ? "Save" : "Add", isWide: true,
    act: async () => {
      const given = { ...head.read(), ...job.read() };
      for (const key of ["cron", "zone"]) if (given[key] === "") delete given[key];
      if (schedule) await put(path("api", "schedules", schedule.name), given);
      else await post("/api/schedules", given);
      done(schedule ? `${schedule.name} was changed` : `${given.name} was added`);
      changed();
    },
  });
}
