// A small card beside a citation chip while the pointer rests on it or the keyboard is on it:
// which document, where in it, and the words that the sentence rests on. One at a time.

import { documentName, sectionText } from "./answer_text";
import { h, replace } from "./dom";
import { t } from "./i18n";
import { Citation, Source } from "./types";

const card = h("div", { class: "preview", id: "preview", role: "tooltip", hidden: true });
const words_max = 220;
let timer = 0;

export function withPreview(chip: HTMLElement, source: () => Source | Citation): void {
  const show = (): void => {
    const { title, quote, text, page, section } = source();
    const where = [sectionText(section, title), page ? t("page.n", { n: page }) : ""].filter((s) => s !== "").join(" · ");
    const words = (quote || text || "").replace(/\s+/g, " ").trim();
    replace(card,
      h("p", { class: "preview-title", dir: "auto" }, documentName(source())),
      where !== "" && h("p", { class: "preview-where", dir: "auto" }, where),
      words !== "" && h("p", { class: "preview-words", dir: "auto" }, words.length > words_max ? words.slice(0, words_max) + "…" : words));
    chip.after(card); // inside the same inline box, which the styles make the frame of reference
    card.hidden = false;
    card.classList.remove("is-left");
    if (card.getBoundingClientRect().right > document.documentElement.clientWidth - 8) card.classList.add("is-left");
    chip.setAttribute("aria-describedby", "preview");
  };
  const hide = (): void => {
    clearTimeout(timer);
    card.hidden = true;
    chip.removeAttribute("aria-describedby");
  };
  chip.addEventListener("pointerenter", (event) => {
    if (event.pointerType !== "touch") timer = window.setTimeout(show, 120);
  });
  chip.addEventListener("pointerleave", hide);
  chip.addEventListener("focus", () => { if (chip.matches(":focus-visible")) show(); });
  chip.addEventListener("blur", hide);
  chip.addEventListener("click", hide);
  chip.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}
