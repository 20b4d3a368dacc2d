// Where the page is: `#/daemons/inbox/log?level=warn`. Filters live there, so that a view can be kept and shared.

/** `{ parts, query }` of an address's fragment. */
export function parse(hash) {
  const [path, search] = hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decode);
  return { parts, query: new URLSearchParams(search ?? "") };
}

function decode(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

/** The fragment for these parts and filters; filters without a value are left out. */
export function href(parts, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(pairs).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export const here = () => parse(location.hash);

/** Changes filters of the view that is open, in the address alone: the view has done it already. */
export function note(changes) {
  const { parts, query } = here();
  const next = { ...Object.fromEntries(query), ...changes };
  history.replaceState(null, "", href(parts, next));
}
