// Asks the host. Errors are problem objects; the cookie goes along by itself.

import { learnClock } from "./format.js";

/** What the host says is wrong. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
  /** This host does not serve the address at all, as opposed to: it has no such thing. */
  get isAbsent() { return this.status === 404 && this.message.startsWith("there is nothing at"); }
}

/** No answer came: the host is gone or cannot be reached. */
export class Unreachable extends Error {}

const PATIENCE = 30_000;
const listeners = { unauthorized: () => {}, heard: () => {}, silent: () => {} };

/** Who is told of what every answer says: that a login is needed, that the host answers, that it does not. */
export const tell = (whom) => Object.assign(listeners, whom);

/** `path` from parts that may hold any characters. */
export const path = (...parts) => "/" + parts.map(encodeURIComponent).join("/");

/** An address with those of the parameters that have a value. */
export function address(base, parameters) {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return pairs.length ? `${base}?${new URLSearchParams(pairs)}` : base;
}

async function ask(method, target, body, signal) {
  const limit = AbortSignal.timeout(PATIENCE);
  let answer;
  try {
    answer = await fetch(target, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: "same-origin",
    });
    learnClock(answer.headers.get("Date"));
    if (answer.ok) {
      const value = answer.status === 204 ? null : await answer.json();
      listeners.heard();
      return value;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    listeners.silent();
    throw new Unreachable("the host does not answer");
  }
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401 && target !== "/api/login") listeners.unauthorized();
  else listeners.heard();
  throw new Problem(answer.status, problem.code ?? "error", problem.detail ?? `the host answered ${answer.status}`);
}

export const get = (target, signal) => ask("GET", target, undefined, signal);
export const post = (target, body) => ask("POST", target, body);
export const patch = (target, body) => ask("PATCH", target, body);
export const put = (target, body) => ask("PUT", target, body);
export const remove = (target) => ask("DELETE", target);
