// The generations of a daemon's code: what ran when, what became of it, how they differ; swapping and going back.

import { fill, h } from "./dom.js";
import { get, path, post } from "./api.js";
import { ago, bytes, moment, words } from "./format.js";
import * as dialog from "./dialog.js";
import * as live from "./live.js";
import * as route from "./route.js";
import * as store from "./store.js";
import { attempt, done, failed } from "./toast.js";
import { button, empty, facts, loader, select } from "./parts.js";
import { comparison, listing } from "./source.js";

export function versionsView(name, place, signal) {
  const base = path("api", "daemons", name);
  const list = h("div", {}), detail = h("div", {});
  const texts = new Map();
  let versions = [];
  let from = Number(place.query.get("from")) || null, to = Number(place.query.get("to")) || null;

  /** The texts that the generation was made of: its script's and its modules', by file. */
  const files = async (generation) => {
    if (!texts.has(generation)) {
      const { source, modules } = await get(`${base}/versions/${generation}`, signal);
      const script = `${store.find(name)?.type ?? name}.lua`;
      texts.set(generation, { [script]: source ?? "",
        ...Object.fromEntries(Object.entries(modules).map(([module, text]) => [`lib/${module}`, text])) });
    }
    return texts.get(generation);
  };
  const ask = loader(list, () => get(`${base}/versions`, signal), (answer) => {
    versions = answer;
    fill(list, answer.length ? table() : empty("It has not run yet."));
    if (answer.length && !detail.hasChildNodes()) compare();
  }, signal, "This host keeps no versions.");

  function table() {
    return h("table", { class: "rows" },
      h("thead", {}, h("tr", {}, ["Generation", "Code", "Since", "Outcome", "Size",
        ""].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, versions.map((version) =>
        h("tr", { "data-row": version.generation, class: version.is_current ? "current" : "" },
        h("td", {}, String(version.generation), version.is_current ? h("span", { class: "tag" }, "runs") : null),
        h("td", {}, h("code", {}, version.code_hash.slice(0, 8))),
        h("td", { title: moment(version.at) }, ago(version.at)),
        h("td", {}, h("span", { class: `outcome ${version.outcome}` }, words(version.outcome)), version.reason
          ? ` ${version.reason}` : ""),
        h("td", {}, bytes(version.size_bytes)),
        h("td", { class: "acts" },
          version.is_kept ? button("Show", () => showSource(version.generation), { class: "quiet" }) : null,
          version.is_current || !version.is_kept || version.outcome === "refused" ? null
            : button("Roll back…", () => rollBack(version),
              { class: "quiet", "aria-label": `Roll back to generation ${version.generation}` }))))));
  }

  async function showSource(generation) {
    try {
      fill(detail, h("h2", {}, `Generation ${generation}`),
        Object.entries(await files(generation)).map(([file, text]) => [h("h3", {}, file), listing(text)]));
      detail.scrollIntoView({ block: "nearest" });
    } catch (error) { failed(error); }
  }

  async function compare() {
    const kept = versions.filter((version) => version.is_kept);
    if (kept.length < 2) { fill(detail); return; }
    to ??= (kept.find((version) => version.is_current) ?? kept[0]).generation;
    from ??= (kept.find((version) => version.generation < to) ?? kept.at(-1)).generation;
    const options = kept.map((version) => [String(version.generation), `generation ${version.generation}`]);
    const body = h("div", {});
    const chosen = (changes) => { ({ from, to } = { from, to, ...changes }); route.note({ from, to }); compare(); };
    fill(detail, h("div", { class: "compare" }, h("h2", {}, "What changed"), "from ",
      select("From", options, String(from), (value) => chosen({ from: Number(value) })), " to ",
      select("To", options, String(to), (value) => chosen({ to: Number(value) }))), body);
    try { fill(body, difference(await files(from),
      await files(to))); } catch (error) { if (!signal.aborted) failed(error); }
  }

  function difference(before, after) {
    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((file) =>
      before[file] !== after[file]);
    if (!changed.length) return empty("The texts are the same.");
    return changed.map((file) => [h("h3", {}, file), comparison(before[file] ?? "", after[file] ?? "")]);
  }

  async function rollBack(version) {
    await dialog.confirm(`Roll ${name} back?`,
      `Generation ${version.generation} takes over between two steps, with the state as it is now.`, "Roll back",
        async () => {
        store.take(await post(`${base}/rollback`, { generation: version.generation }));
        done(`${name} runs generation ${version.generation} again`);
        ask();
      });
  }

  async function swap(event) {
    const plan = await attempt(event.target, () => post(`${base}/swap`, { dry_run: true }));
    if (!plan) return;
    if (plan.would !== "swap") {
      dialog.show(plan.would === "nothing" ? "There is nothing to swap" : "The script is refused",
        h("div", {}, h("p", {}, plan.reason),
          plan.config_problems?.map((sentence) => h("p", { class: "problem" }, sentence))));
      return;
    }
    await dialog.form(`Swap ${name}?`,
      h("div", {}, h("p", {}, plan.reason || "The script on disk takes over between two steps."), facts([
      ["Code", `${plan.from_hash.slice(0, 8)} → ${plan.to_hash.slice(0, 8)}`],
      ["State", plan.state_version_from === plan.state_version_to ? `version ${plan.state_version_to}`
        : `version ${plan.state_version_from} → ${plan.state_version_to}`],
    ])), {
      confirm: "Swap",
      act: async () => {
        store.take(await post(`${base}/swap`, {}));
        done(`${name} was swapped`);
        to = from = null;
        fill(detail);
        ask();
      },
    });
  }

  live.live.addEventListener("event", ({ detail: event }) => { if (event.kind === "daemon") ask(); }, { signal });
  live.live.addEventListener("refresh", ask, { signal });
  ask();
  return h("section", {}, h("div", { class: "section-acts" }, button("Swap to the script on disk…", swap)), list,
    detail);
}
