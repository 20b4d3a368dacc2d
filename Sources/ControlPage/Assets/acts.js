// What a daemon can be told.

import { path, post } from "./api.js";
import { words } from "./format.js";
import * as store from "./store.js";
import { attempt, done } from "./toast.js";

/** Whether there is something to stop. */
export const isAwake = (record) => !["stopped", "failed"].includes(record.status);

/** Tells the daemon, and shows the state after it. */
export function act(button, name, command) {
  return attempt(button, async () => {
    const record = await post(`${path("api", "daemons", name)}/${command}`);
    store.take(record);
    done(`${name}: ${words(record.status)}${record.reason ? `, ${record.reason}` : ""}`);
    return record;
  });
}
