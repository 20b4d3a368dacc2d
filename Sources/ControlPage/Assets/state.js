// What a daemon has kept: its state as last committed.

import { fill, h, throttled } from "./dom.js";
import { get, path } from "./api.js";
import * as live from "./live.js";
import * as store from "./store.js";
import { button, empty, loader } from "./parts.js";
import { attempt, done } from "./toast.js";
import { tree } from "./values.js";

export function stateView(name, signal) {
  const place = h("div", {});
  let shown = null, last = null;
  const ask = loader(place, () => get(`${path("api", "daemons", name)}/state`, signal), (answer) => {
    const next = JSON.stringify(answer);
    if (next === shown) return;
    shown = next;
    last = answer.state;
    fill(place, answer.state_version === null ? empty("It has kept no state yet.")
      : h("p", { class: "hint" }, `As last committed; version ${answer.state_version}.`), answer.state_version === null
      ? null : h("div", { class: "card code" }, tree(answer.state)));
  }, signal, "This host does not show states.");
  const soon = throttled(1_000, ask, signal);
  live.live.addEventListener("refresh", ask, { signal });
  store.daemons.addEventListener("change", soon, { signal });
  ask();
  return h("section", {}, h("div", { class: "section-acts" }, button("Look again", ask),
    button("Copy", ({ target }) => attempt(target, async () => {
      await navigator.clipboard.writeText(JSON.stringify(last, null, 2));
      done("The state was copied");
    }))), place);
}
