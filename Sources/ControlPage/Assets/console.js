// Runs a line of Lua in a daemon, between two of its steps.

import { h } from "./dom.js";
import { path, post } from "./api.js";
import { insteadOf } from "./parts.js";

const MOST = 100;

export function consoleView(name, signal) {
  const past = [];
  let at = 0;
  const transcript = h("div", { class: "console-past", role: "log", "aria-label": "What was run" });
  const field = h("textarea", { rows: 2, class: "code", id: "console", "aria-label": "Lua", spellcheck: "false",
    placeholder: "self.state" });
  const run = h("button", { type: "submit", class: "primary" }, "Run");

  async function submit(event) {
    event?.preventDefault();
    const code = field.value.trim();
    if (!code || run.disabled) return;
    past.push(code);
    at = past.length;
    run.disabled = true;
    const entry = h("div", { class: "console-entry" }, h("pre", { class: "asked" }, code));
    transcript.append(entry);
    while (transcript.children.length > MOST) transcript.firstChild.remove();
    try {
      const answer = await post(`${path("api", "daemons", name)}/eval`, { code });
      if (answer.output) entry.append(h("pre", {}, answer.output));
      if (answer.ok) entry.append(h("pre", { class: "answer" }, answer.values.join("\n") || "nothing"));
      else entry.append(h("pre", { class: "trouble" }, answer.error));
      field.value = "";
    } catch (error) {
      entry.append(insteadOf(error, "This host runs no code from here."));
    } finally {
      run.disabled = false;
      if (!signal.aborted) transcript.scrollTop = transcript.scrollHeight;
    }
  }

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) submit(event);
    if (event.key === "ArrowUp" && field.selectionStart === 0 && at > 0) {
      at -= 1;
      field.value = past[at];
      event.preventDefault();
    }
    if (event.key === "ArrowDown" && at < past.length && field.selectionStart === field.value.length) {
      at += 1;
      field.value = past[at] ?? "";
    }
  });
  return h("section", {}, h("p", { class: "hint" }, "Lua that runs in the daemon between two steps; ",
    h("code", {}, "self"),
    " is the daemon. Enter runs it, Shift-Enter makes a line."),
  transcript, h("form", { class: "console-ask", onsubmit: submit }, field, run));
}
