// The frame around every screen: navigation (at the side, or at the bottom on phones), main
// area, document panel, spoken notices, and the keys that work everywhere.

import { closePanel, panelCovers, panelHost, panelIsOpen } from "./panel";
import { h, replace } from "./dom";
import { t } from "./i18n";
import { icon, IconName } from "./icons";
import { may, me } from "./session";
import { hasShortcuts, isDark, setTheme } from "./settings";
import { View } from "./view";
import { MessageKey } from "./messages/en";

let root: HTMLElement;
let view: View | null = null;
let main: HTMLElement;

export function startShell(element: HTMLElement): void {
  root = element;
  document.addEventListener("keydown", onKey);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.querySelector(".theme-toggle")?.replaceWith(themeToggle()));
}

export function showView(next: View, path: string, moved: boolean): void {
  view?.dispose?.();
  closePanel();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  view = next;
  document.title = next.title ? `${next.title} – ${t("app.name")}` : t("app.name");
  main = h("main", { class: "main", id: "main", tabindex: "-1" }, next.element);
  const bare = me() === null;
  replace(root,
    h("a", { class: "skip", href: "#main", onclick: skip }, t("nav.skip")),
    h("div", { class: bare ? "frame frame-bare" : "frame" }, !bare && navigation(path), main, panelHost),
    h("div", { id: "notices", role: "status", "aria-live": "polite" }));
  scrollTo(0, 0);
  if (next.focus) next.focus.focus({ preventScroll: true });
  else if (moved) focusHeading();
}

function skip(event: Event): void {
  event.preventDefault();
  main.focus();
}

function focusHeading(): void {
  const heading = main.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function navigation(path: string): HTMLElement {
  // On phones the last four have their place on the page about oneself.
  const items: [IconName, string, MessageKey, boolean, boolean][] = [
    ["ask", "/ask", "nav.ask", may("ask"), true],
    ["search", "/search", "nav.search", may("search"), true],
    ["documents", "/documents", "nav.documents", may("search"), true],
    ["people", "/people", "nav.people", may("administer"), false],
    ["feedback", "/feedback", "nav.feedback", may("administer"), false],
    ["shield", "/audit", "nav.audit", may("audit"), !may("search")],
    ["settings", "/settings", "nav.settings", true, false],
    ["me", "/me", "nav.me", true, true],
  ];
  return h("nav", { class: "nav", "aria-label": t("nav.label") },
    h("a", { class: "brand", href: "/" }, h("img", { src: "/favicon.svg", alt: "", width: 28, height: 28 }), h("span", {}, t("app.name"))),
    h("ul", { class: "nav-items" }, ...items.filter(([, , , shown]) => shown).map(([name, href, words, , main]) => {
      const here = path === href || path.startsWith(href + "/");
      return h("li", { class: main ? undefined : "nav-minor" },
        h("a", { href, "aria-current": here ? "page" : undefined }, icon(name), h("span", {}, t(words))));
    })),
    themeToggle());
}

function themeToggle(): HTMLElement {
  const dark = isDark();
  const words = t(dark ? "nav.to_light" : "nav.to_dark");
  return h("button", {
    type: "button", class: "theme-toggle icon-button", "aria-label": words, title: words,
    onclick: () => {
      setTheme(dark ? "light" : "dark");
      const fresh = themeToggle();
      document.querySelector(".theme-toggle")?.replaceWith(fresh);
      fresh.focus();
    },
  }, icon(dark ? "sun" : "moon"));
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && panelIsOpen()) {
    event.preventDefault();
    closePanel();
    return;
  }
  if (event.key === "/" && hasShortcuts() && !isTyping(event) && view?.box) {
    event.preventDefault();
    if (panelCovers()) closePanel();
    view.box.focus();
    if (view.box instanceof HTMLInputElement) view.box.select();
  }
}

// True where a letter is meant as a letter, or belongs to the browser.
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target;
  return target instanceof HTMLElement
    && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
