// What people thought of answers, for administrators: the question, the verdict, and the places
// the answer rested on as far as the administrator may read them.

import * as api from "../api_account";
import { documentName } from "../answer_text";
import { h, replace } from "../dom";
import { formatDateTime, t, tOr } from "../i18n";
import { icon } from "../icons";
import { documentHref } from "../router";
import { FeedbackRow } from "../types";
import { View } from "../view";
import { button, problemNote, waiting } from "../widgets";

export function feedbackView(): View {
  const list = h("div", {}, waiting(t("docs.loading")));
  let rows: FeedbackRow[] = [];
  const load = async (before: number | null): Promise<void> => {
    try {
      const page = await api.feedback(before);
      rows = before === null ? page.feedback : rows.concat(page.feedback);
      replace(list, rows.length === 0 ? none() : h("ul", { class: "rows" }, ...rows.map(item)),
        page.next !== null && h("p", { class: "more" }, button(t("docs.more"), () => void load(page.next))));
    } catch (error) {
      replace(list, problemNote(error, () => void load(before)));
    }
  };
  void load(null);
  return {
    title: t("feedback.title"),
    element: h("div", { class: "me page" },
      h("header", { class: "page-head" }, h("h1", {}, t("feedback.title")),
        h("a", { class: "button button-plain", href: api.feedbackExportUrl, download: "feedback.jsonl" }, icon("download"), h("span", {}, t("feedback.export")))),
      h("p", { class: "lead" }, t("feedback.lead")),
      list),
  };
}

function none(): HTMLElement {
  return h("div", { class: "empty", role: "status" }, h("p", { class: "lead" }, t("feedback.none")), h("p", { class: "quiet" }, t("feedback.none_hint")));
}

function item(row: FeedbackRow): HTMLElement {
  const good = row.verdict === "up";
  return h("li", { class: "card feedback-row" },
    h("p", { class: good ? "verdict" : "verdict is-bad" }, icon(good ? "thumb_up" : "thumb_down"),
      h("span", {}, t(good ? "feedback.up" : "feedback.down"), row.reason !== "" && `: ${tOr(`feedback.${row.reason}`, row.reason)}`)),
    h("p", { class: "feedback-question", dir: "auto" }, row.question),
    row.comment !== "" && h("p", { dir: "auto" }, row.comment),
    h("p", { class: "quiet small" }, [row.user, formatDateTime(row.given_at), row.abstained ? t("feedback.abstained") : ""].filter((s) => s !== "").join(" · ")),
    row.citations.length > 0 && h("ul", { class: "picks" }, ...row.citations.map((c) => h("li", {},
      h("a", { href: documentHref(c.document_id, c.page, c.chunk_id), dir: "auto" }, documentName(c))))));
}
