// Asks what an upload needs: files, collection, label, who may read. "Only me" is the start,
// so that nothing is shown to others by oversight; the choices are remembered for the next
// upload of this page.

import { h, replace, uniqueId } from "../dom";
import { formatBytes, t, tn } from "../i18n";
import { PrincipalEditor } from "../principal_editor";
import { may, me, onPersonChange } from "../session";
import { Collection } from "../types";
import { addUploads } from "../uploads";
import { button, field, openDialog, select } from "../widgets";

type Who = "me" | "everyone" | "some";

const remembered = { collection: "", label: "", who: "me" as Who, some: [] as string[] };
onPersonChange(() => Object.assign(remembered, { collection: "", label: "", who: "me", some: [] }));

export function openUploadDialog(files: File[], collections: Collection[], preferred: string): void {
  const person = me();
  if (!person) return;
  openDialog(t("upload.title"), (close) => {
    const problems = h("p", { class: "hint hint-wrong", role: "alert" });
    const files_ = filePicker(files);
    const listId = uniqueId("collections");
    const collection = h("input", { class: "input", list: listId, maxlength: 100, autocomplete: "off" });
    collection.value = preferred || remembered.collection || (collections[0]?.name ?? "");
    const labels = person.labels.map((value) => ({ value, text: value }));
    const label = select(labels, remembered.label || (person.labels.includes("internal") ? "internal" : person.labels[0] ?? ""));
    const some = new PrincipalEditor(t("upload.who_some"), remembered.some.length > 0 ? [...remembered.some] : [`user:${person.name}`]);
    const who = whoChoice(remembered.who, some.element);

    const submit = (event: Event): void => {
      event.preventDefault();
      const name = collection.value.trim();
      const chosen = who.value();
      const listed = chosen === "some" ? some.value() : [];
      if (files_.files().length === 0) replace(problems, t("upload.none"));
      else if (name === "") replace(problems, t("upload.collection_missing"));
      else if (listed === null) replace(problems);
      else if (chosen === "some" && listed.length === 0) replace(problems, t("upload.who_missing"));
      else {
        const allow = chosen === "everyone" ? ["everyone"] : chosen === "me" ? [`user:${person.name}`] : listed;
        Object.assign(remembered, { collection: name, label: label.value, who: chosen, some: listed });
        addUploads(files_.files(), { collection: name, label: label.value, allow });
        close();
      }
    };
    return [h("form", { class: "stack", novalidate: true, onsubmit: submit },
      files_.element,
      h("div", { class: "pair" },
        field(t("upload.collection"), collection, t(may("manage_collection") ? "upload.collection_hint" : "upload.collection_known")),
        field(t("upload.label"), label, t("upload.label_hint"))),
      h("datalist", { id: listId }, ...collections.map((c) => h("option", { value: c.name }))),
      who.element,
      problems,
      h("div", { class: "dialog-foot" },
        button(t("action.cancel"), close),
        button(t("upload.submit"), null, { kind: "primary", type: "submit", icon: "upload" })))];
  });
}

function filePicker(initial: File[]): { element: HTMLElement; files(): File[] } {
  let files = initial;
  const summary = h("p", { class: "quiet small", role: "status" });
  const names = h("ul", { class: "file-names" });
  const input = h("input", { type: "file", multiple: true, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
  const folder = h("input", { type: "file", webkitdirectory: true, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
  const draw = (): void => {
    const size = files.reduce((sum, file) => sum + file.size, 0);
    replace(summary, files.length > 0 ? tn("upload.chosen", files.length, { size: formatBytes(size) }) : "");
    replace(names, ...files.map((file) => h("li", { dir: "auto" }, file.name)));
    names.hidden = files.length === 0;
  };
  for (const source of [input, folder]) {
    source.addEventListener("change", () => {
      files = [...(source.files ?? [])].filter((file) => !file.name.startsWith("."));
      draw();
    });
  }
  draw();
  const element = h("fieldset", { class: "field" }, h("legend", {}, t("upload.files")),
    h("div", { class: "row" }, button(t("upload.choose"), () => input.click(), { icon: "documents" }),
      button(t("upload.choose_folder"), () => folder.click()), summary), names, input, folder);
  return { element, files: () => files };
}

function whoChoice(initial: Who, some: HTMLElement): { element: HTMLElement; value(): Who } {
  const name = uniqueId("who");
  let current = initial;
  some.hidden = current !== "some";
  const radio = (value: Who, text: string): HTMLElement => {
    const input = h("input", { type: "radio", name, value, checked: value === current, onchange: () => {
      current = value;
      some.hidden = value !== "some";
    } });
    return h("label", { class: "choice" }, input, h("span", {}, text));
  };
  const element = h("div", { class: "stack-tight" },
    h("fieldset", { class: "field choices" }, h("legend", {}, t("upload.who")),
      radio("me", t("upload.who_me")), radio("everyone", t("upload.who_everyone")), radio("some", t("upload.who_some"))),
    some);
  return { element, value: () => current };
}
