// The difference of two texts by lines.

/** Above so many changed lines the shortest difference is not looked for: old out, new in. */
const MOST = 2_000;

/** Lines as `{ kind: "same" | "old" | "new", text, before, after }`, with their numbers, from 1. */
export function diff(oldText, newText) {
  const before = split(oldText), after = split(newText);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const middle = changes(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  const kinds = [...Array(head).fill("same"), ...middle, ...Array(tail).fill("same")];
  let at = 0, to = 0;
  return kinds.map((kind) => {
    const line = { kind, text: kind === "new" ? after[to] : before[at], before: null, after: null };
    if (kind !== "new") line.before = ++at;
    if (kind !== "old") line.after = ++to;
    return line;
  });
}

function split(text) {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The kinds of the lines between the common ends, by the longest common subsequence. */
function changes(before, after) {
  if (before.length > MOST || after.length > MOST) return [...before.map(() => "old"), ...after.map(() => "new")];
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = before[i] === after[j]
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const kinds = [];
  let i = 0, j = 0;
  while (i < before.length || j < after.length) {
    const isSame = i < before.length && j < after.length && before[i] === after[j];
    const dropsOld = j === after.length
      || i < before.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1];
    kinds.push(isSame ? "same" : dropsOld ? "old" : "new");
    if (isSame || dropsOld) i += 1;
    if (isSame || !dropsOld) j += 1;
  }
  return kinds;
}

/** Only the changed lines with `context` lines around them; what is left out becomes `{ kind: "gap", count }`. */
export function hunks(lines, context = 3) {
  const keep = new Uint8Array(lines.length);
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    keep.fill(1, Math.max(0, index - context), index + context + 1);
  });
  const shown = [];
  for (let index = 0; index < lines.length; index += 1) {
    if (keep[index]) shown.push(lines[index]);
    else if (shown.at(-1)?.kind === "gap") shown.at(-1).count += 1;
    else shown.push({ kind: "gap", count: 1 });
  }
  return shown;
}
