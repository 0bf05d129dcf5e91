// A list of principals as removable tags, with a box to add more. Used for uploads and for
// changing access. `value()` is the list as it stands; words left in the box are added first.

import { h, replace, uniqueId } from "./dom";
import { t } from "./i18n";
import { icon } from "./icons";
import { parsePrincipal } from "./principals";
import { me } from "./session";
import { button } from "./widgets";

export class PrincipalEditor {
  readonly element: HTMLElement;
  private readonly list = h("ul", { class: "tags" });
  private readonly box: HTMLInputElement;
  private readonly wrong = h("p", { class: "hint hint-wrong", role: "alert" });

  constructor(label: string, private names: string[], private readonly onChange: () => void = () => undefined, hint?: string) {
    const id = uniqueId("principals");
    this.box = h("input", {
      class: "input", id, list: id + "-known", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
      "aria-label": `${label}: ${t("principal.box")}`, placeholder: t("principal.hint"),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.add();
      },
    });
    this.element = h("fieldset", { class: "field principals" },
      h("legend", {}, label),
      hint && h("p", { class: "hint" }, hint),
      this.list,
      h("div", { class: "row" }, this.box, button(t("principal.add"), () => this.add(), { icon: "plus" })),
      h("datalist", { id: id + "-known" }, ...known().map((name) => h("option", { value: name }))),
      this.wrong);
    this.draw();
  }

  // Null when what stands in the box is not a principal; the box then says so.
  value(): string[] | null {
    return this.add() ? [...this.names] : null;
  }

  peek(): string[] {
    return [...this.names];
  }

  private add(): boolean {
    replace(this.wrong);
    if (this.box.value.trim() === "") return true;
    const name = parsePrincipal(this.box.value);
    if (name === null) {
      replace(this.wrong, t("principal.wrong"));
      this.box.focus();
      return false;
    }
    if (!this.names.includes(name)) this.names.push(name);
    this.box.value = "";
    this.draw();
    this.onChange();
    return true;
  }

  private draw(): void {
    replace(this.list, ...(this.names.length === 0
      ? [h("li", { class: "quiet small" }, t("access.none"))]
      : this.names.map((name) => h("li", { class: "tag" },
        h("bdi", {}, name),
        h("button", {
          type: "button", "aria-label": t("principal.remove", { name }), title: t("principal.remove", { name }),
          onclick: () => {
            this.names = this.names.filter((other) => other !== name);
            this.draw();
            this.box.focus();
            this.onChange();
          },
        }, icon("close"))))));
  }
}

function known(): string[] {
  const person = me();
  if (!person) return ["everyone"];
  return ["everyone", `user:${person.name}`, ...person.groups.map((g) => `group:${g}`), ...person.roles.map((r) => `role:${r}`)];
}
