// The list of this page's uploads above the documents: stage, progress, how each ended and why
// one failed. Redrawn as a whole; spoken politely once something ends.

import { h, replace } from "../dom";
import { t, tn, tOr } from "../i18n";
import { icon } from "../icons";
import { clearFinished, isFinished, replaceUpload, retryUpload, stopUpload, Upload, uploads } from "../uploads";
import { asSentence, button, iconButton } from "../widgets";

export function uploadTray(): { element: HTMLElement; draw(): void } {
  const spoken = h("p", { class: "visually-hidden", role: "status" });
  const list = h("ul", { class: "upload-list" });
  const summary = h("p", { class: "quiet small" });
  const clear = button(t("upload.clear"), clearFinished);
  const element = h("section", { class: "card uploads", "aria-label": t("upload.tray") },
    h("header", { class: "uploads-head" }, h("h2", { class: "overline" }, t("upload.tray")), summary, h("span", { class: "spring" }), clear), list, spoken);
  let ended = uploads().filter(isFinished).length;
  const draw = (): void => {
    const all = uploads();
    element.hidden = all.length === 0;
    replace(list, ...all.map(item));
    const now = all.filter(isFinished);
    const failed = now.filter((upload) => upload.state === "failed").length;
    replace(summary, all.length > 1 ? t("upload.summary", { done: now.length, all: all.length }) + (failed > 0 ? ", " + tn("upload.failures", failed) : "") : "");
    clear.hidden = now.length === 0;
    if (now.length > ended) {
      const last = now[now.length - 1];
      replace(spoken, `${last.file.name}: ${words(last)}`);
    }
    ended = now.length;
  };
  draw();
  return { element, draw };
}

function item(upload: Upload): HTMLElement {
  const failed = upload.state === "failed" || upload.state === "cancelled";
  const bar = isFinished(upload) ? null : progress(upload);
  return h("li", { class: `upload ${failed ? "upload-failed" : ""}` },
    isFinished(upload) ? icon(failed ? "warning" : "check") : icon("upload"),
    h("div", { class: "upload-words" },
      h("p", { class: "upload-name", dir: "auto" }, upload.file.name),
      h("p", { class: "small quiet" }, words(upload)),
      upload.reason !== "" && h("p", { class: "small upload-reason", dir: "auto" }, asSentence(upload.reason)),
      bar),
    isFinished(upload) ? remedy(upload) : iconButton("close", t("upload.stop", { name: upload.file.name }), () => stopUpload(upload)));
}

// What may help: the same file once more where it never arrived whole, else another file.
function remedy(upload: Upload): HTMLElement | null {
  if (upload.state !== "failed" && upload.state !== "cancelled") return null;
  if (upload.again || upload.state === "cancelled") return button(t("action.retry"), () => retryUpload(upload), { icon: "retry" });
  const input = h("input", { type: "file", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => {
    if (input.files?.[0]) replaceUpload(upload, input.files[0]);
  } });
  return h("span", {}, button(t("upload.other"), () => input.click(), { icon: "documents" }), input);
}

function progress(upload: Upload): HTMLElement {
  const bar = h("progress", { max: 1, "aria-label": upload.file.name });
  const job = upload.job;
  if (upload.state === "sending") bar.value = upload.share;
  else if (upload.state === "waiting") bar.value = 0;
  else if (job && job.state === "running" && job.total > 0) bar.value = job.done / job.total;
  return bar; // without a value the browser shows that there is no telling
}

function words(upload: Upload): string {
  if (upload.state === "sending") return t("upload.sending", { percent: Math.round(upload.share * 100) });
  if (upload.state === "waiting") return t("upload.waiting");
  if (upload.state === "working") {
    const job = upload.job;
    if (!job || job.state === "queued") return t("upload.queued");
    const stage = job.stage ? tOr(`stage.${job.stage.replace(/\W+/g, "_")}`, job.stage) : t("stage.running");
    return job.total > 1 ? `${stage}, ${job.done}/${job.total}` : stage;
  }
  return t(`upload.${upload.state}` as const);
}
