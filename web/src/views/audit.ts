// The record of who did what and was shown what, newest first, and the proof that nobody has
// changed it: verified whole, against a signed head that was kept elsewhere where there is one.

import { isAbort } from "../api";
import * as api from "../api_account";
import { h, replace } from "../dom";
import { formatDateTime, formatNumber, t, tOr } from "../i18n";
import { AuditRecord } from "../types";
import { View } from "../view";
import { icon } from "../icons";
import { button, field, notify, problemNote, select, waiting, withBusy } from "../widgets";

const actions = [
  "ask", "search", "document.read", "document.page", "document.original", "upload", "document.set_access", "document.delete",
  "conversation.read", "sign_in", "person.create", "person.change", "membership.change", "key.create", "audit.read",
];
const filter_wait_ms = 300;

export function auditView(): View {
  const filter = { actor: "", action: "", words: false };
  const list = h("div", {});
  let rows: AuditRecord[] = [];
  let running: AbortController | null = null;
  let timer = 0;
  const load = async (before: number | null): Promise<void> => {
    running?.abort();
    running = new AbortController();
    if (before === null) replace(list, waiting(t("docs.loading")));
    try {
      const page = await api.auditPage({ ...filter, before }, running.signal);
      rows = before === null ? page.records : rows.concat(page.records);
      replace(list, rows.length === 0 ? h("p", { class: "empty quiet", role: "status" }, t("audit.none")) : table(rows),
        page.next !== null && h("p", { class: "more" }, button(t("docs.more"), () => void load(page.next))));
    } catch (error) {
      if (!isAbort(error)) replace(list, problemNote(error, () => void load(before)));
    }
  };
  const actor = h("input", { class: "input", type: "search", maxlength: 140, autocomplete: "off", autocapitalize: "none", placeholder: "user:ana", oninput: () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => { filter.actor = actor.value.trim(); void load(null); }, filter_wait_ms);
  } });
  const action = select([{ value: "", text: t("audit.all_actions") }, ...actions.map((value) => ({ value, text: tOr(`action.${value}`, value) }))], "");
  action.addEventListener("change", () => { filter.action = action.value; void load(null); });
  const words = h("input", { type: "checkbox", onchange: () => { filter.words = words.checked; void load(null); } });
  void load(null);
  return {
    title: t("audit.title"), box: actor,
    element: h("div", { class: "audit page" },
      h("header", { class: "page-head" }, h("h1", {}, t("audit.title"))),
      h("p", { class: "lead" }, t("audit.lead")),
      verification(),
      h("div", { class: "audit-filters" }, field(t("audit.actor"), actor), field(t("audit.action"), action),
        h("label", { class: "choice" }, words, h("span", {}, t("audit.words")))),
      list),
    dispose: () => { running?.abort(); clearTimeout(timer); },
  };
}

function table(rows: AuditRecord[]): HTMLElement {
  return h("ol", { class: "audit-list" }, ...rows.map((row) => h("li", { class: "audit-row" },
    h("details", {},
      h("summary", {},
        h("span", { class: "audit-number" }, formatNumber(row.id)),
        h("span", { class: "audit-time" }, formatDateTime(row.time)),
        h("span", { class: "audit-actor", dir: "auto" }, row.actor, row.os_user !== "" && ` (${row.os_user})`),
        h("span", { class: "audit-what" }, tOr(`action.${row.action}`, row.action)),
        h("span", { class: "audit-phase" }, tOr(`phase.${row.phase}`, row.phase))),
      h("dl", { class: "audit-details" },
        ...(row.words ? [pair(t("audit.words_said"), row.words)] : []),
        pair(t("audit.via"), row.via),
        ...(row.intent > 0 ? [pair(t("audit.belongs"), formatNumber(row.intent))] : []),
        ...Object.entries(row.details ?? {}).map(([name, value]) => pair(name, typeof value === "string" ? value : JSON.stringify(value))),
        pair(t("audit.leaf"), row.leaf))))));
}

function pair(name: string, value: string): HTMLElement {
  return h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, value));
}

function verification(): HTMLElement {
  const verdict = h("div", { role: "status" });
  let head: unknown = null;
  const name = h("span", { class: "quiet small" });
  const input = h("input", { type: "file", accept: ".json,application/json", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => {
    const file = input.files?.[0];
    if (!file) return;
    file.text().then((text) => {
      head = JSON.parse(text) as unknown;
      replace(name, t("audit.against", { name: file.name }));
    }).catch(() => notify(t("audit.head_wrong")));
  } });
  const verify: HTMLButtonElement = button(t("audit.verify"), () => {
    replace(verdict, waiting(t("audit.verifying")));
    void withBusy(verify, verdict, async () => {
      const found = await api.verifyAudit(head);
      replace(verdict, h("div", { class: found.ok ? "note note-good" : "note note-problem" }, icon(found.ok ? "check" : "warning"), h("div", { class: "note-body" },
        h("p", { class: "note-title" }, t(found.ok ? "audit.good" : "audit.bad", { n: formatNumber(found.records) })),
        ...found.findings.map((finding) => h("p", {}, finding.what)),
        found.ok && h("p", { class: "small" }, t(found.against_exported_head ? "audit.with_head" : "audit.without_head")))));
    });
  }, { kind: "primary", icon: "shield" });
  const save: HTMLButtonElement = button(t("audit.save_head"), () => void withBusy(save, verdict, async () => {
    const text = JSON.stringify(await api.auditHead(), null, 1);
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `carrel-audit-head-${new Date().toISOString().slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }), { icon: "download" });
  return h("section", { class: "card stack verification", "aria-label": t("audit.verify") },
    h("p", {}, t("audit.verify_hint")),
    h("div", { class: "row" }, verify, button(t("audit.choose_head"), () => input.click()), save, name, input), verdict);
}
