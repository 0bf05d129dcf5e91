// Shows a page of a document as the image the server draws, with page turning and two sizes.
// The image is fetched from our own origin with the session's cookie; where it cannot be drawn
// the viewer says so and calls `onFailed`, so that its owner can show the text.

import { pageImageUrl } from "./api";
import { h, replace } from "./dom";
import { t } from "./i18n";
import { iconButton, waiting } from "./widgets";
import { Id } from "./types";

export interface PageViewerOptions {
  id: Id;
  title: string;
  page: number;
  chunk: Id | null;       // highlighted on the page it lies on
  chunkPage: number | null;
  onTurn?(page: number): void;
  onFailed?(): void;
}

export class PageViewer {
  readonly element: HTMLElement;
  page: number;
  private readonly sheet = h("div", { class: "sheet" });
  private readonly where = h("span", { class: "where", "aria-live": "polite" });
  private readonly prev = iconButton("left", t("panel.prev"), () => this.turn(this.page - 1));
  private readonly next = iconButton("right", t("panel.next"), () => this.turn(this.page + 1));
  private readonly zoom = iconButton("zoom", t("panel.zoom"), () => this.toggleSize());
  private count = 0;

  constructor(private readonly options: PageViewerOptions) {
    this.page = options.page;
    this.element = h("div", { class: "viewer" },
      h("div", { class: "viewer-bar" }, this.prev, this.where, this.next, h("span", { class: "spring" }), this.zoom),
      this.sheet);
    this.zoom.setAttribute("aria-pressed", "false");
    this.show();
  }

  setCount(count: number): void {
    this.count = count;
    this.showBar();
  }

  private turn(page: number): void {
    if (page < 1 || (this.count > 0 && page > this.count)) return;
    this.page = page;
    this.show();
    this.options.onTurn?.(page);
  }

  private toggleSize(): void {
    const large = this.sheet.classList.toggle("sheet-large");
    this.zoom.setAttribute("aria-pressed", String(large));
  }

  private showBar(): void {
    replace(this.where, this.count > 0
      ? t("panel.page_of", { page: this.page, total: this.count }) : t("page.n", { n: this.page }));
    this.prev.disabled = this.page <= 1;
    this.next.disabled = this.count === 0 || this.page >= this.count;
  }

  private show(): void {
    this.showBar();
    const { id, title, chunk, chunkPage } = this.options;
    const marked = chunkPage === null || chunkPage === this.page ? chunk : null;
    const image = h("img", { class: "page-image", alt: t("panel.image_alt", { page: this.page, title }) });
    const own = this.page;
    image.addEventListener("load", () => {
      if (own !== this.page) return;
      this.sheet.classList.remove("is-turning");
      replace(this.sheet, image);
      this.sheet.scrollTop = 0;
    });
    image.addEventListener("error", () => {
      if (own !== this.page) return;
      this.sheet.classList.remove("is-turning");
      replace(this.sheet, h("p", { class: "note", role: "status" }, t("panel.failed")));
      this.options.onFailed?.();
    });
    image.src = pageImageUrl(id, this.page, marked);
    // The page before stays, dimmed, until the new one is there: nothing jumps.
    if (this.sheet.querySelector("img")) this.sheet.classList.add("is-turning");
    else replace(this.sheet, waiting(t("panel.loading")));
    this.sheet.tabIndex = 0; // so that arrow keys can scroll a large page
    this.sheet.setAttribute("role", "group");
    this.sheet.setAttribute("aria-label", t("panel.image_alt", { page: this.page, title }));
  }
}
