// Times, sizes and numbers in words. Instants are the host's: `now` follows its clock, not the browser's.

let skew = 0;

/** Takes the host's clock from an answer's Date header; a second's difference is within its rounding. */
export function learnClock(date) {
  const theirs = Date.parse(date);
  if (Number.isNaN(theirs)) return;
  const difference = theirs - Date.now();
  skew = Math.abs(difference) > 2_000 ? difference : 0;
}

export const now = () => Date.now() + skew;

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

/** A span of seconds with its largest unit: `4 s`, `12 min`, `3 h`, `2 d`. */
export function span(seconds) {
  const length = Math.max(0, seconds);
  if (length < 1) return "0 s";
  const [size, unit] = UNITS.find(([size]) => length >= size);
  return `${Math.floor(length / size)} ${unit}`;
}

/** How long ago an instant was. */
export function ago(instant) {
  if (!instant) return "never";
  const seconds = (now() - Date.parse(instant)) / 1_000;
  return seconds < 1 ? "now" : `${span(seconds)} ago`;
}

/** How far ahead an instant is. */
export function ahead(instant) {
  if (!instant) return "–";
  const seconds = (Date.parse(instant) - now()) / 1_000;
  return seconds < 0.5 ? "now" : `in ${span(Math.ceil(seconds))}`;
}

/** A duration of a step or a job: `0.4 ms`, `12 ms`, `1.4 s`, `2 min 5 s`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.01) return `${(seconds * 1_000).toFixed(1)} ms`;
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor(whole % 3_600 / 60)} min`;
}

export function between(start, end) {
  return start ? duration(((end ? Date.parse(end) : now()) - Date.parse(start)) / 1_000) : "–";
}

export function bytes(count) {
  if (count === null || count === undefined) return "–";
  if (count < 1_000) return `${Math.round(count)} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let size = count / 1_024, unit = 0;
  while (size >= 1_000 && unit < units.length - 1) { size /= 1_024; unit += 1; }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

export const count = (number) => (number ?? 0).toLocaleString("en-US");

/** A rate or a count on an axis. */
export function short(number) {
  if (number === 0) return "0";
  if (Math.abs(number) >= 1_000_000) return `${+(number / 1_000_000).toPrecision(3)} M`;
  if (Math.abs(number) >= 1_000) return `${+(number / 1_000).toPrecision(3)} k`;
  return String(+number.toPrecision(2));
}

const two = (number) => String(number).padStart(2, "0");

/** The time of day in the browser's zone. */
export function clock(instant, hasMilliseconds = false) {
  const date = new Date(instant);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return hasMilliseconds ? `${time}.${String(date.getMilliseconds()).padStart(3, "0")}` : time;
}

/** Day and time in the browser's zone; the day is left out when it is today. */
export function moment(instant) {
  if (!instant) return "–";
  const date = new Date(instant), today = new Date(now());
  if (date.toDateString() === today.toDateString()) return clock(instant);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(instant)}`;
}

/** `backing_off` as people say it. */
export const words = (name) => String(name ?? "").replaceAll("_", " ");

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
