// Small pieces that several screens share: problem notes, badges, spinners, spoken notices,
// dialogs. Each makes an element and owns nothing beyond it.

import { asProblem, Problem } from "./api";
import { append, Child, h, replace, uniqueId } from "./dom";
import { t } from "./i18n";
import { icon, IconName } from "./icons";

// What the person can mend alone (a refused request) needs no reference and no second try.
export function problemNote(error: unknown, retry?: () => void): HTMLElement {
  const problem = asProblem(error);
  const own = isRefusal(problem);
  return h("div", { class: "note note-problem", role: "alert" },
    icon("warning"),
    h("div", { class: "note-body" },
      h("p", { class: "note-title", dir: "auto" }, problem.message),
      problem.detail && problem.detail !== problem.message && h("p", { dir: "auto" }, asSentence(problem.detail)),
      problem.requestId && !own && h("p", { class: "quiet small" }, t("error.reference", { id: problem.requestId })),
      retry && !own && h("p", {}, button(t("action.retry"), retry, { icon: "retry" }))));
}

// Refused for what was asked; the same again would be refused again.
export function isRefusal(problem: Problem): boolean {
  return problem.status >= 400 && problem.status < 500 && problem.status !== 408 && problem.status !== 409 && problem.status !== 429;
}

export function asSentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

interface ButtonOptions { icon?: IconName; kind?: "primary" | "danger" | "plain"; type?: "submit" | "button"; label?: string }

export function button(text: string, onClick: (() => void) | null, options: ButtonOptions = {}): HTMLButtonElement {
  return h("button", {
    type: options.type ?? "button", class: `button button-${options.kind ?? "plain"}`,
    "aria-label": options.label, onclick: onClick ?? undefined,
  }, options.icon && icon(options.icon), h("span", {}, text));
}

export function iconButton(name: IconName, label: string, onClick: () => void): HTMLButtonElement {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: onClick }, icon(name));
}

const known = new Set(["public", "internal", "confidential", "restricted"]);

export function labelBadge(label: string | undefined | null): HTMLElement | null {
  if (!label) return null;
  const closed = label === "confidential" || label === "restricted";
  return h("span", { class: `badge badge-${known.has(label) ? label : "other"}` }, closed && icon("lock"), label);
}

export function waiting(text: string): HTMLElement {
  return h("p", { class: "waiting", role: "status" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", {}, text));
}

export function field(label: string, control: HTMLElement, hint?: string): HTMLElement {
  const id = control.id || uniqueId("field");
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", id + "-hint");
  return h("div", { class: "field" },
    h("label", { for: id }, label), control,
    hint && h("p", { class: "hint", id: id + "-hint" }, hint));
}

export function select(options: { value: string; text: string }[], value: string): HTMLSelectElement {
  const element = h("select", { class: "input" }, ...options.map((o) => h("option", { value: o.value }, o.text)));
  element.value = value;
  return element;
}

// A notice that is shown for a while and spoken by screen readers: within the open dialog, as what
// lies around one is dimmed and silent.
export function notify(text: string): void {
  const host = document.getElementById("notices");
  if (!host) return;
  const dialog = document.querySelector("dialog[open]");
  if (dialog && !dialog.contains(host)) dialog.append(host);
  const note = h("p", { class: "notice", dir: "auto" }, text);
  host.append(note);
  setTimeout(() => note.remove(), 6000);
}

// A modal dialog on the browser's own <dialog>: it keeps the focus inside and Escape closes it.
export function openDialog(title: string, build: (close: () => void) => Child[], onClose?: () => void): HTMLDialogElement {
  const id = uniqueId("dialog");
  const opener = document.activeElement;
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": id });
  const close = (): void => dialog.close();
  const body = h("div", { class: "dialog-body" });
  append(body, build(close));
  append(dialog, [
    h("header", { class: "dialog-head" }, h("h2", { id }, title), iconButton("close", t("action.close"), close)),
    body,
  ]);
  dialog.addEventListener("close", () => {
    const notices = dialog.querySelector("#notices");
    dialog.remove();
    // Back to its place, unless another screen has brought its own meanwhile.
    const place = document.getElementById("notices");
    if (notices && place) place.append(...notices.children);
    else if (notices) document.getElementById("app")?.append(notices);
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Runs `work` while the button is busy; a failure is shown in `problems`.
export async function withBusy(control: HTMLButtonElement, problems: HTMLElement, work: () => Promise<void>): Promise<void> {
  replace(problems);
  control.disabled = true;
  try {
    await work();
  } catch (error) {
    replace(problems, problemNote(error));
  } finally {
    control.disabled = false;
  }
}
