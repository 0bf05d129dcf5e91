// The list of documents one may read, with a filter, a choice of collection, and uploads by
// button or by dropping files. Filter and collection live in the address.

import * as api from "../api";
import { documentName } from "../answer_text";
import { h, replace } from "../dom";
import { formatDate, formatNumber, t, tn } from "../i18n";
import { droppedFiles } from "../dropped";
import { icon } from "../icons";
import { personName } from "../principals";
import { documentHref, note } from "../router";
import { may } from "../session";
import { Collection, DocumentRow } from "../types";
import { watchUploads } from "../uploads";
import { View } from "../view";
import { button, labelBadge, problemNote, select, waiting } from "../widgets";
import { openUploadDialog } from "./upload_dialog";
import { uploadTray } from "./upload_tray";

const filter_wait_ms = 250;
const unusual_states = new Set(["pending", "processing", "failed", "held", "quarantined"]);

export function documentsView(query: URLSearchParams): View {
  const filter = { query: query.get("q") ?? "", collection: query.get("collection") ?? "" };
  const box = h("input", {
    type: "search", class: "input", maxlength: 200, autocomplete: "off",
    "aria-label": t("docs.filter"), placeholder: t("docs.filter"),
  });
  box.value = filter.query;
  const chooser = h("div", { class: "chooser" });
  const list = h("div", { class: "doc-list" });
  const tray = uploadTray();
  let collections: Collection[] = [];
  let rows: DocumentRow[] = [];
  let running: AbortController | null = null;
  let timer = 0;

  const load = async (after: string, quiet = false): Promise<void> => {
    running?.abort();
    running = new AbortController();
    if (!after && !quiet) replace(list, waiting(t("docs.loading")));
    try {
      const page = await api.documents({ ...filter, after }, running.signal);
      const focusAt = after ? rows.length : -1;
      rows = after ? rows.concat(page.documents) : page.documents;
      replace(list, ...show(page.next));
      if (focusAt >= 0) list.querySelectorAll<HTMLElement>(".doc-title a")[focusAt]?.focus();
    } catch (error) {
      if (!api.isAbort(error)) replace(list, problemNote(error, () => void load("")));
    }
  };
  const show = (next: string | null): (HTMLElement | null)[] => {
    if (rows.length === 0) return [emptyNote(filter.query !== "" || filter.collection !== "")];
    return [
      h("p", { class: "quiet small", role: "status" }, next
        ? t("docs.count_more", { n: formatNumber(rows.length) }) : tn("docs.count", rows.length)),
      table(rows),
      next ? h("p", { class: "more" }, button(t("docs.more"), () => void load(next))) : null,
    ];
  };
  const changed = (): void => {
    const params = new URLSearchParams();
    if (filter.query) params.set("q", filter.query);
    if (filter.collection) params.set("collection", filter.collection);
    const tail = params.toString();
    note("/documents" + (tail ? "?" + tail : ""), { replace: true });
    void load("");
  };
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      filter.query = box.value.trim();
      changed();
    }, filter_wait_ms);
  });
  // There from the start, so that nothing moves when the collections are known.
  const showChooser = (): void => {
    const options = [{ value: "", text: t("docs.all") },
      ...collections.map((c) => ({ value: c.name, text: `${c.name} (${formatNumber(c.documents)})` }))];
    if (filter.collection && !collections.some((c) => c.name === filter.collection)) {
      options.push({ value: filter.collection, text: filter.collection });
    }
    const chosen = select(options, filter.collection);
    chosen.setAttribute("aria-label", t("docs.collection"));
    chosen.addEventListener("change", () => { filter.collection = chosen.value; changed(); });
    replace(chooser, chosen);
  };
  const loadCollections = async (): Promise<void> => {
    collections = await api.collections().catch(() => collections);
    showChooser();
  };

  const element = h("div", { class: "documents page" },
    h("header", { class: "page-head" }, h("h1", {}, t("docs.title")),
      may("upload") && button(t("docs.upload"), () => openUploadDialog([], collections, filter.collection), { kind: "primary", icon: "upload" })),
    tray.element,
    h("div", { class: "filters" }, h("div", { class: "search-field" }, icon("search"), box), chooser),
    list);
  const undrop = may("upload") ? acceptDrops(element, (files) => openUploadDialog(files, collections, filter.collection)) : () => undefined;
  watchUploads(tray.draw, () => { void load("", true); void loadCollections(); });
  showChooser();
  void loadCollections();
  void load("");
  return {
    title: t("docs.title"), element, box,
    dispose: () => {
      running?.abort();
      clearTimeout(timer);
      undrop();
      watchUploads(() => undefined, () => undefined);
    },
  };
}

function emptyNote(filtered: boolean): HTMLElement {
  return h("div", { class: "empty", role: "status" },
    h("p", { class: "lead" }, t(filtered ? "docs.none_match" : "docs.none")),
    !filtered && may("upload") && h("p", { class: "quiet" }, t("docs.none_upload")));
}

function table(rows: DocumentRow[]): HTMLElement {
  const head = [t("docs.col_title"), t("docs.col_collection"), t("docs.col_label"), t("docs.col_pages"), t("docs.col_owner"), t("docs.col_updated")];
  // Roles are spelled out because phones show the table as cards, which would drop them.
  return h("table", { class: "docs", role: "table" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head.map((text) => h("th", { scope: "col", role: "columnheader" }, text)))),
    h("tbody", { role: "rowgroup" }, ...rows.map((row) => h("tr", { role: "row" },
      h("td", { role: "cell", class: "doc-title" }, h("a", { href: documentHref(row.document_id), dir: "auto" }, documentName(row)),
        unusual_states.has(row.state) && h("span", { class: "badge badge-other" }, row.state)),
      h("td", { role: "cell", class: "doc-collection", dir: "auto" }, row.collection),
      h("td", { role: "cell" }, labelBadge(row.label)),
      h("td", { role: "cell", class: "number" }, row.pages > 0 && h("span", { class: "only-table" }, formatNumber(row.pages)),
        row.pages > 0 && h("span", { class: "only-cards" }, tn("docs.pages", row.pages))),
      h("td", { role: "cell", dir: "auto" }, personName(row.owner)),
      h("td", { role: "cell", class: "nowrap" }, formatDate(row.updated_at))))));
}

function acceptDrops(element: HTMLElement, onFiles: (files: File[]) => void): () => void {
  const veil = h("div", { class: "drop-veil", hidden: true }, h("p", {}, icon("upload"), t("docs.drop")));
  element.append(veil);
  const hasFiles = (event: DragEvent): boolean => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (event: DragEvent): void => {
    if (!hasFiles(event) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    veil.hidden = false;
  };
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) veil.hidden = true;
  };
  const drop = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // never let the browser open a dropped file in our place
    veil.hidden = true;
    if (!event.dataTransfer || document.querySelector("dialog[open]")) return;
    void droppedFiles(event.dataTransfer).then((files) => { if (files.length > 0) onFiles(files); });
  };
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", leave);
  document.addEventListener("drop", drop);
  return () => {
    document.removeEventListener("dragover", over);
    document.removeEventListener("dragleave", leave);
    document.removeEventListener("drop", drop);
  };
}
