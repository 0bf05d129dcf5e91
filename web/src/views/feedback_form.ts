// Thumbs under an answer. A thumb down asks why, in one press or in words; a second press on
// the same thumb takes it back.

import * as api from "../api";
import { Turn } from "../conversation";
import { h, replace } from "../dom";
import { t } from "../i18n";
import { MessageKey } from "../messages/en";
import { Verdict } from "../types";
import { button, iconButton, notify, problemNote } from "../widgets";

const reasons = ["wrong", "incomplete", "sources", "outdated", "other"] as const;

export function feedbackForm(turn: Turn): HTMLElement {
  const more = h("div", { class: "feedback-more" });
  const up = iconButton("thumb_up", t("feedback.up"), () => void press("up"));
  const down = iconButton("thumb_down", t("feedback.down"), () => void press("down"));
  const draw = (): void => {
    up.setAttribute("aria-pressed", String(turn.verdict === "up"));
    down.setAttribute("aria-pressed", String(turn.verdict === "down"));
  };
  const send = async (verdict: Verdict | "", reason = "", comment = ""): Promise<boolean> => {
    try {
      await api.giveFeedback(turn.messageId!, verdict, reason, comment);
      turn.verdict = verdict === "" ? null : verdict;
      draw();
      return true;
    } catch (error) {
      replace(more, problemNote(error));
      return false;
    }
  };
  const press = async (verdict: Verdict): Promise<void> => {
    replace(more);
    if (turn.verdict === verdict) {
      await send("");
      return;
    }
    if (!(await send(verdict))) return;
    if (verdict === "up") notify(t("feedback.thanks"));
    else replace(more, why((reason, comment) => void send("down", reason, comment).then((ok) => {
      if (!ok) return;
      replace(more);
      notify(t("feedback.thanks"));
      down.focus();
    })));
  };
  draw();
  return h("div", { class: "feedback" },
    h("div", { class: "feedback-thumbs", role: "group", "aria-label": t("feedback.label") }, up, down), more);
}

function why(onSend: (reason: string, comment: string) => void): HTMLElement {
  const comment = h("textarea", { class: "input", rows: 2, maxlength: 1000, "aria-label": t("feedback.comment"), placeholder: t("feedback.comment") });
  let reason = "";
  const chips = reasons.map((name) => {
    const chip: HTMLButtonElement = h("button", { type: "button", class: "pick", "aria-pressed": "false", onclick: () => {
      reason = reason === name ? "" : name;
      chips.forEach((other, i) => other.setAttribute("aria-pressed", String(reasons[i] === reason)));
    } }, t(`feedback.${name}` as MessageKey));
    return chip;
  });
  return h("form", { class: "feedback-form", onsubmit: (event: Event) => { event.preventDefault(); onSend(reason, comment.value.trim()); } },
    h("p", { class: "small" }, t("feedback.why")),
    h("div", { class: "picks" }, ...chips), comment,
    h("p", { class: "hint" }, t("feedback.hint")),
    h("div", { class: "row" }, button(t("feedback.send"), null, { type: "submit", kind: "primary" })));
}
