// The way in: the token is shown once, and the host's cookie counts from then on.

import { h } from "./dom.js";
import { post } from "./api.js";

const PREFIX = "#token=";

/** The token that the printed address carries; it is taken out of the address bar and the history at once. */
export function tokenFromAddress() {
  if (!location.hash.startsWith(PREFIX)) return null;
  const token = decodeURIComponent(location.hash.slice(PREFIX.length));
  history.replaceState(null, "", "#/daemons");
  return token;
}

export const logIn = (token) => post("/api/login", { token });

/** The form that asks for the token; `entered` is called once the host has taken it. */
export function form(entered, message) {
  const field = h("input", {
    id: "token", type: "password", autocomplete: "current-password", spellcheck: "false", required: true,
    "aria-describedby": "token-help",
  });
  const problem = h("p", { class: "problem", role: "alert", hidden: !message }, message);
  const submit = h("button", { type: "submit", class: "primary" }, "Open");
  return h("form", {
    class: "login card",
    onsubmit: async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        await logIn(field.value.trim());
        entered();
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
        field.select();
      } finally {
        submit.disabled = false;
      }
    },
  },
  h("h1", {}, "Show the token"),
  h("p", { id: "token-help" }, "This host lets in who knows its token. In the project's folder, ",
    h("code", {}, "lunad token"),
    " shows it."),
  h("label", { for: "token" }, "Token"), field, problem, h("div", { class: "dialog-end" }, submit));
}
