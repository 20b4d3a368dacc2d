// What a job can be told.

import { path, post } from "./api.js";
import { words } from "./format.js";
import { attempt, done } from "./toast.js";

export const isOver = (job) => ["completed", "failed", "cancelled"].includes(job.status);

function tell(button, job, act, changed) {
  return attempt(button, async () => {
    const after = await post(path("api", "jobs", String(job.id), act), act === "cancel" ? {} : undefined);
    done(`Job ${job.id}: ${words(after.status)}`);
    changed(after);
    return after;
  });
}

/** `changed` gets the job after it. */
export const cancelJob = (button, job, changed) => tell(button, job, "cancel", changed);
export const retryJob = (button, job, changed) => tell(button, job, "retry", changed);
