// The log, live. A bounded window of lines is kept in the page; older and newer ones are asked for by their ids when
// the reader gets there, so that nothing is lost while it is paused and a million lines cost no more than a thousand.

import { fill, h, text, throttled } from "./dom.js";
import { address, get, path } from "./api.js";
import { count } from "./format.js";
import * as live from "./live.js";
import * as route from "./route.js";
import { button, choices, empty, insteadOf, search } from "./parts.js";
import { failed } from "./toast.js";
import { line as makeLine } from "./logline.js";

/** Lines in the page at most, and lines in one answer. */
const WINDOW = 1_000, PIECE = 200;
/** A reader who is this near to an edge, in pixels, wants what follows. */
const NEAR = 300;
const LEVELS = [["debug", "All"], ["info", "Info"], ["warn", "Warnings"], ["error", "Errors"]];

/** `daemon`: whose lines, null for all. */
export function logView({ daemon, place, signal }) {
  const base = daemon === null ? "/api/logs" : `${path("api", "daemons", daemon)}/logs`;
  const filter = { level: place.query.get("level") ?? "debug", text: place.query.get("text") ?? "" };
  let isFollowing = true, isBusy = false, isAtOldest = false, isAtNewest = true, waiting = 0, round = 0;

  const lines = h("ol", { class: "log-lines" });
  const box = h("div", {
    class: "log live", tabindex: "0", role: "log", "aria-live": "off", "aria-label": daemon ? `Log of ${daemon}`
      : "Log",
  }, lines);
  const state = h("span", { class: "log-state", role: "status" });
  const pause = button("Pause", () => setFollowing(!isFollowing), { "data-key": "p", title: "p" });
  const newest = button("Newest", () => { setFollowing(true); }, { class: "primary newest", hidden: true });
  const bar = h("div", { class: "log-bar" },
    choices("Level", LEVELS, filter.level, (level) => change({ level })),
    search("Text in the log", filter.text, (words) => change({ text: words })),
    h("span", { class: "push" }, state,
      button("‹ Error", () => jump(-1),
        { "data-key": "[", title: "previous error: [", "aria-label": "Previous error" }),
      button("Error ›", () => jump(1), { "data-key": "]", title: "next error: ]", "aria-label": "Next error" }),
        pause));

  const ask = (more) => get(address(base, {
    level: filter.level === "debug" ? "" : filter.level, text: filter.text, ...more,
  }), signal);
  const idAt = (child) => (child ? Number(child.dataset.id) : null);
  const oldestId = () => idAt(lines.firstElementChild), newestId = () => idAt(lines.lastElementChild);

  function change(changes) {
    Object.assign(filter, changes);
    route.note({ level: filter.level === "debug" ? "" : filter.level, text: filter.text });
    begin();
  }

  // MARK: - Filling

  /** Shows the newest lines. */
  async function begin() {
    const mine = ++round;
    isBusy = true;
    try {
      const got = await ask({ limit: PIECE });
      if (mine !== round) return;
      fill(lines, got.map(make));
      isAtOldest = got.length < PIECE;
      isAtNewest = true;
      waiting = 0;
      if (!got.length) fill(lines, h("li", { class: "none" },
        empty(filter.text || filter.level !== "debug" ? "No line fits." : "Nothing was logged yet.")));
      isFollowing = true;
      showState();
      toEnd();
    } catch (error) {
      if (!signal.aborted && mine === round
        && (error.status || !lines.children.length)) fill(lines, h("li", {}, insteadOf(error)));
    } finally {
      if (mine === round) isBusy = false;
    }
  }

  function make(entry) { return makeLine(entry, { hasDaemon: daemon === null, needle: filter.text }); }

  /** Appends what came after the last line that is here; from far behind it goes to the newest ones at once. */
  async function append() {
    if (isBusy || signal.aborted) return;
    const after = newestId();
    if (after === null) { begin(); return; }
    const mine = round;
    isBusy = true;
    try {
      const got = await ask({ after, limit: WINDOW });
      if (mine !== round) return;
      if (got.length === WINDOW && isFollowing) {
        isBusy = false;
        await begin();
        return;
      }
      lines.append(...got.map(make));
      isAtNewest = got.length < WINDOW;
      trim(lines.children.length - WINDOW, "firstElementChild");
      if (isFollowing) toEnd();
    } catch (error) {
      if (error.status && error.status !== 401) failed(error);
      return;
    } finally {
      if (mine === round) isBusy = false;
    }
    lookUp();
  }

  /** Puts older lines before the first one, and keeps the reader's place. */
  async function prepend() {
    const before = oldestId();
    if (isBusy || isAtOldest || before === null) return;
    const mine = round;
    isBusy = true;
    try {
      const got = await ask({ before, limit: PIECE });
      if (mine !== round) return;
      isAtOldest = got.length < PIECE;
      const height = box.scrollHeight, top = box.scrollTop;
      lines.prepend(...got.map(make));
      box.scrollTop = top + box.scrollHeight - height;
      if (trim(lines.children.length - WINDOW, "lastElementChild")) isAtNewest = false;
    } catch (error) {
      if (error.status && error.status !== 401) failed(error);
      return;
    } finally {
      if (mine === round) isBusy = false;
    }
    lookUp();
  }

  /** A reader who got to the top while something else was being asked for is not forgotten. */
  function lookUp() {
    if (!isFollowing && !isBusy && !signal.aborted && live.state !== "lost" && box.scrollTop < NEAR) prepend();
  }

  function trim(surplus, end) {
    if (surplus <= 0) return false;
    const height = box.scrollHeight, top = box.scrollTop;
    for (let index = 0; index < surplus; index += 1) lines[end].remove();
    if (end === "firstElementChild") {
      isAtOldest = false;
      box.scrollTop = top - (height - box.scrollHeight);
    }
    return true;
  }

  // MARK: - Following

  function toEnd() { box.scrollTop = box.scrollHeight; }

  function setFollowing(is) {
    isFollowing = is;
    if (is) {
      waiting = 0;
      if (isAtNewest && newestId() !== null) { append(); toEnd(); } else begin();
    }
    showState();
  }

  function showState() {
    text(pause, isFollowing ? "Pause" : "Go on");
    newest.hidden = isFollowing;
    text(newest, waiting ? `${count(waiting)} new below` : "Newest below");
    text(state, live.state === "lost" ? "old" : isFollowing ? "live" : "paused");
    state.dataset.state = live.state === "lost" ? "lost" : isFollowing ? "live" : "paused";
  }

  box.addEventListener("scroll", () => {
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (isFollowing && below > NEAR && !isBusy) { isFollowing = false; showState(); }
    if (box.scrollTop < NEAR) prepend();
    if (!isFollowing && below < NEAR) {
      if (!isAtNewest) append();
      else if (below < 8 && isByHand) { isFollowing = true; waiting = 0; append(); showState(); }
    }
  }, { signal });
  // A pause that was asked for by its button ends by its button, not because the end happens to be in sight.
  let isByHand = false;
  for (const kind of ["wheel", "touchmove", "keydown"]) box.addEventListener(kind, () => { isByHand = true; },
    { signal, passive: true });
  pause.addEventListener("click", () => { isByHand = false; });

  const soon = throttled(200, append, signal);
  live.live.addEventListener("event", ({ detail }) => {
    if (detail.kind !== "log") return;
    if (isFollowing) soon();
    else if (!waiting || waiting < 1e6) { waiting += 1; showState(); }
  }, { signal });
  live.live.addEventListener("refresh", () => { if (isFollowing) append(); }, { signal });
  live.live.addEventListener("state", showState, { signal });

  // MARK: - From error to error

  async function jump(direction) {
    const seen = [...lines.children].find((child) => child.classList.contains("here"))
      ?? [...lines.children].find((child) => child.offsetTop + child.offsetHeight > box.scrollTop + (direction < 0 ? 0
        : box.clientHeight));
    const from = idAt(seen) ?? (direction < 0 ? newestId() : oldestId());
    if (from === null) return;
    try {
      const parameters = { text: filter.text, level: "error", limit: 1 };
      const [found] = await get(address(base,
        { ...parameters, ...(direction < 0 ? { before: from } : { after: from }) }), signal);
      if (!found) { text(state, direction < 0 ? "no earlier error" : "no later error"); return; }
      isFollowing = false;
      await goTo(found.id);
      showState();
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  async function goTo(id) {
    const find = () => lines.querySelector(`[data-id="${id}"]`);
    if (!find()) {
      const mine = ++round;
      const [older, newer] = await Promise.all([ask({ before: id + 1, limit: PIECE }),
        ask({ after: id, limit: PIECE })]);
      if (mine !== round) return;
      fill(lines, older.map(make), newer.map(make));
      isAtOldest = older.length < PIECE;
      isAtNewest = newer.length < PIECE;
      isBusy = false;
    }
    for (const each of lines.querySelectorAll(".here")) each.classList.remove("here");
    const target = find();
    target?.classList.add("here");
    target?.scrollIntoView({ block: "center" });
  }

  showState();
  begin();
  return h("section", { class: daemon === null ? "view log-view" : "log-view" }, daemon === null ? h("h1", {}, "Log")
    : null, bar, h("div", { class: "log-frame" }, box, newest));
}
