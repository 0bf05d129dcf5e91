// Where to look: a small menu of collections with a box for each. None chosen means all that
// one may read. Native checkboxes in a <details>, so that the keyboard works as everywhere.

import * as api from "../api";
import { conversation } from "../conversation";
import { h, replace } from "../dom";
import { formatNumber, t, tn } from "../i18n";
import { icon } from "../icons";
import { Collection } from "../types";

export function scopeMenu(): HTMLElement {
  const words = h("span", {});
  const summary = h("summary", { class: "scope-button" }, icon("book"), words, icon("down"));
  const list = h("div", { class: "scope-list" });
  const element = h("details", { class: "scope", hidden: true,
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !element.open) return;
      event.preventDefault();
      event.stopPropagation();
      element.open = false;
      summary.focus();
    },
    onfocusout: (event: FocusEvent) => {
      if (event.relatedTarget instanceof Node && !element.contains(event.relatedTarget)) element.open = false;
    } }, summary, list);

  const say = (): void => {
    const chosen = conversation.collections;
    replace(words, chosen.length === 0 ? t("scope.all") : chosen.length === 1 ? chosen[0] : tn("scope.some", chosen.length));
    summary.classList.toggle("is-narrowed", chosen.length > 0);
  };
  const draw = (collections: Collection[]): void => {
    const known = new Set(collections.map((c) => c.name));
    conversation.collections = conversation.collections.filter((name) => known.has(name));
    replace(list, h("fieldset", { class: "field" }, h("legend", {}, t("scope.legend")),
      ...collections.map(({ name, documents }) => h("label", { class: "choice" },
        h("input", { type: "checkbox", checked: conversation.collections.includes(name), onchange: (event: Event) => {
          const on = (event.target as HTMLInputElement).checked;
          conversation.collections = conversation.collections.filter((other) => other !== name).concat(on ? [name] : []);
          say();
        } }),
        h("span", { dir: "auto" }, name), h("span", { class: "count" }, formatNumber(documents))))));
    say();
    element.hidden = collections.length < 2;
  };
  say();
  api.collections().then(draw).catch(() => undefined); // without the menu one asks everywhere
  return element;
}
