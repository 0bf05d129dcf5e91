// The uploads of this page: at most `sending_max` files are sent at once, and no more than
// `working_max` wait at the server, so that a large folder leaves room for others; then each file's
// job is asked about until it ends. A busy server is tried again. Outlives the Documents screen;
// forgotten when the person changes. A failed file keeps its reason until it is cleared.

import * as api from "./api";
import { t } from "./i18n";
import { onPersonChange } from "./session";
import { Job } from "./types";
import { isRefusal } from "./widgets";

const sending_max = 2;
const working_max = 32;
const busy_tries_max = 20;
const busy_wait_ms = 3000;
const poll_ms_min = 400;
const poll_ms_max = 3000;
const poll_failures_max = 5;

export type UploadState = "waiting" | "sending" | "working" | "added" | "updated" | "unchanged" | "failed" | "cancelled";

export interface Upload {
  file: File;
  target: api.UploadTarget;
  state: UploadState;
  share: number;   // of the bytes sent, 0..1
  job: Job | null;
  reason: string;
  again: boolean;  // sending it once more may help
  busy: number;    // times that the server had no room for it
  not_before: number; // milliseconds since the epoch
}

let list: Upload[] = [];
let changed: () => void = () => undefined;
let finished: () => void = () => undefined;

export function uploads(): readonly Upload[] {
  return list;
}

export function watchUploads(onChange: () => void, onFinish: () => void): void {
  changed = onChange;
  finished = onFinish;
}

export function isFinished(upload: Upload): boolean {
  return !["waiting", "sending", "working"].includes(upload.state);
}

export function clearFinished(): void {
  list = list.filter((upload) => !isFinished(upload));
  changed();
}

export function addUploads(files: readonly File[], target: api.UploadTarget): void {
  for (const file of files) list.push({ file, target, state: "waiting", share: 0, job: null, reason: "", again: false, busy: 0, not_before: 0 });
  pump();
}

// For a file that never arrived; one whose job failed would fail again.
export function retryUpload(upload: Upload): void {
  Object.assign(upload, { state: "waiting", share: 0, reason: "", again: false, busy: 0 });
  pump();
}

// Another file in the place of one that could not be read.
export function replaceUpload(upload: Upload, file: File): void {
  Object.assign(upload, { file, job: null });
  retryUpload(upload);
}

// One that waits is not sent; one that the server works on is called off there.
export function stopUpload(upload: Upload): void {
  if (upload.state === "waiting") {
    upload.state = "cancelled";
    pump();
  } else if (upload.job !== null) {
    void api.cancelJob(upload.job.job_id).catch(() => undefined); // the next look at the job tells
  }
}

// Closing the window would lose what has not been sent yet, so the browser asks first.
addEventListener("beforeunload", (event) => {
  if (list.some((upload) => upload.state === "waiting" || upload.state === "sending")) event.preventDefault();
});

onPersonChange(() => { list = []; });

function pump(): void {
  const count = (state: UploadState): number => list.filter((upload) => upload.state === state).length;
  const room = Math.min(sending_max - count("sending"), working_max - count("working"));
  const next = list.filter((upload) => upload.state === "waiting" && upload.not_before <= Date.now()).slice(0, Math.max(0, room));
  for (const upload of next) {
    upload.state = "sending";
    void carry(upload);
  }
  changed();
}

async function carry(upload: Upload): Promise<void> {
  try {
    const id = await api.upload(upload.file, upload.target, (share) => { upload.share = share; changed(); });
    upload.state = "working";
    pump();
    await follow(upload, id);
  } catch (error) {
    const problem = api.asProblem(error);
    const isBusy = upload.job === null && (problem.status === 429 || problem.status === 503);
    if (isBusy && upload.busy++ < busy_tries_max) {
      Object.assign(upload, { state: "waiting", share: 0, not_before: Date.now() + busy_wait_ms });
      setTimeout(pump, busy_wait_ms + 1);
      changed();
      return;
    }
    upload.state = "failed";
    upload.again = upload.job === null && !isRefusal(problem);
    upload.reason = isRefusal(problem) && problem.detail !== "" ? problem.detail
      : [problem.message, problem.detail].filter((s) => s !== "").join(". ");
  }
  pump();
  finished();
}

async function follow(upload: Upload, id: string | number): Promise<void> {
  let wait = poll_ms_min;
  let failures = 0;
  while (list.includes(upload)) {
    try {
      upload.job = await api.job(id);
      failures = 0;
    } catch (error) {
      const status = api.asProblem(error).status;
      if (status === 404) throw new api.Problem(404, "not_found", t("upload.lost"), "", "");
      if (status === 401 || ++failures >= poll_failures_max) throw error;
    }
    if (upload.job && settle(upload, upload.job)) return;
    changed();
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(poll_ms_max, wait * 1.3);
  }
}

// True once the job has ended; the upload then says how.
function settle(upload: Upload, job: Job): boolean {
  if (job.state === "queued" || job.state === "running") return false;
  const result = job.result;
  upload.reason = result?.failures?.map((failure) => failure.reason).join(" ") ?? "";
  if (job.state === "cancelled") upload.state = "cancelled";
  else if (job.state === "failed" || (result && result.failed > 0)) upload.state = "failed";
  else if (result && result.updated > 0) upload.state = "updated";
  else if (result && result.added === 0 && result.unchanged > 0) upload.state = "unchanged";
  else upload.state = "added";
  return true;
}
