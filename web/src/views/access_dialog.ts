// Changes who may read a document: who is allowed, who is not, and the label. Warns before
// somebody locks themselves, or everyone, out; the server decides.

import * as api from "../api";
import { h, replace } from "../dom";
import { t } from "../i18n";
import { icon } from "../icons";
import { PrincipalEditor } from "../principal_editor";
import { wouldRead } from "../principals";
import { me } from "../session";
import { DocumentDetail } from "../types";
import { button, field, notify, openDialog, select, withBusy } from "../widgets";

export function openAccessDialog(detail: DocumentDetail, onSaved: () => void): void {
  const person = me();
  if (!person) return;
  const before = detail.access ?? { allow: [], deny: [], label: detail.label };
  openDialog(t("access.title"), (close) => {
    const problems = h("div", {});
    const warning = h("div", { role: "status" });
    const names = person.labels.includes(before.label) ? person.labels : [...person.labels, before.label];
    const label = select(names.map((value) => ({ value, text: value })), before.label);
    const warn = (): void => {
      const access = { allow: allow.peek(), deny: deny.peek(), label: label.value };
      const text = access.allow.length === 0 ? t("access.nobody") : wouldRead(person, access) ? "" : t("access.locks_you_out");
      replace(warning, text !== "" && h("p", { class: "note note-warning" }, icon("warning"), text));
    };
    const allow: PrincipalEditor = new PrincipalEditor(t("access.allow"), [...before.allow], () => warn());
    const deny: PrincipalEditor = new PrincipalEditor(t("access.deny"), [...before.deny], () => warn(), t("access.deny_hint"));
    const save = button(t("access.save"), null, { kind: "primary", type: "submit" });
    const submit = (event: Event): void => {
      event.preventDefault();
      const allowed = allow.value();
      const denied = deny.value();
      if (allowed === null || denied === null) return;
      void withBusy(save, problems, async () => {
        await api.setAccess(detail.document_id, { allow: allowed, deny: denied, label: label.value });
        close();
        notify(t("access.saved"));
        onSaved();
      });
    };
    warn();
    return [h("form", { class: "stack", novalidate: true, onsubmit: submit },
      allow.element, deny.element, field(t("access.label"), label, t("upload.label_hint")), warning, problems,
      h("div", { class: "dialog-foot" }, button(t("action.cancel"), close), save))];
  });
}
