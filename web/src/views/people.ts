// Everybody, with clearance, roles and groups; new people and groups; who belongs where. Nobody
// changes their own rights: the server refuses, and the controls say so beforehand.

import * as api from "../api_account";
import { append, h, replace } from "../dom";
import { t, tn, tOr } from "../i18n";
import { icon } from "../icons";
import { me } from "../session";
import { Group, People, Person } from "../types";
import { View } from "../view";
import { button, field, iconButton, labelBadge, notify, openDialog, problemNote, select, waiting, withBusy } from "../widgets";

export function peopleView(): View {
  const box = h("input", { type: "search", class: "input", maxlength: 100, "aria-label": t("people.filter"), placeholder: t("people.filter"), oninput: () => draw() });
  const list = h("div", {}, waiting(t("docs.loading")));
  const groupList = h("div", {});
  const groupCard = h("section", { class: "card stack groups", hidden: true });
  let known: People = { people: [], labels: [], roles: [] };
  let groups: Group[] = [];

  const load = async (): Promise<void> => {
    try {
      [known, groups] = await Promise.all([api.people(), api.groups()]);
      draw();
      groupCard.hidden = false;
    } catch (error) {
      replace(list, problemNote(error, () => void load()));
    }
  };
  const reload = (): void => void load();
  const draw = (): void => {
    const words = box.value.trim().toLowerCase();
    const shown = known.people.filter((p) => `${p.name} ${p.display_name} ${p.groups.join(" ")}`.toLowerCase().includes(words));
    replace(list, h("p", { class: "quiet small", role: "status" }, tn("people.count", shown.length)), table(shown, known, groups, reload));
    replace(groupList, groups.length === 0 ? h("p", { class: "quiet" }, t("groups.none"))
      : h("ul", { class: "rows" }, ...groups.map((group) => groupItem(group, known, reload))));
  };
  void load();
  const element = h("div", { class: "people page" },
    h("header", { class: "page-head" }, h("h1", {}, t("people.title")),
      button(t("people.new"), () => openPersonDialog(known, reload), { kind: "primary", icon: "plus" })),
    h("div", { class: "filters" }, h("div", { class: "search-field" }, icon("search"), box)),
    list, groupCard);
  append(groupCard, [
    h("div", { class: "uploads-head" }, h("h2", {}, t("groups.title")), button(t("groups.new"), () => openGroupDialog(reload), { icon: "plus" })),
    groupList]);
  return { title: t("people.title"), element, box };
}

function table(people: Person[], known: People, groups: Group[], reload: () => void): HTMLElement {
  const head = [t("people.col_name"), t("people.col_clearance"), t("people.col_roles"), t("people.col_groups"), ""];
  return h("table", { class: "docs people-table", role: "table" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head.map((text) => h("th", { scope: "col", role: "columnheader" }, text || h("span", { class: "visually-hidden" }, t("people.col_change")))))),
    h("tbody", { role: "rowgroup" }, ...people.map((person) => h("tr", { role: "row" },
      h("td", { role: "cell", class: "doc-title" }, h("span", { class: "person-name", dir: "auto" }, person.display_name || person.name),
        h("span", { class: "quiet small" }, person.name), person.is_disabled && h("span", { class: "badge badge-other" }, t("people.disabled"))),
      h("td", { role: "cell" }, labelBadge(person.clearance)),
      h("td", { role: "cell" }, person.roles.map((role) => tOr(`role.${role}`, role)).join(", ")),
      h("td", { role: "cell", dir: "auto" }, person.groups.join(", ")),
      h("td", { role: "cell", class: "number" }, person.name === me()?.name
        ? h("span", { class: "quiet small" }, t("people.you"))
        : iconButton("edit", t("people.change", { name: person.display_name || person.name }), () => openChangeDialog(person, known, groups, reload)))))));
}

function checkbox(words: string, checked: boolean, onPick: (on: boolean, box: HTMLInputElement) => void): HTMLElement {
  const box: HTMLInputElement = h("input", { type: "checkbox", checked, onchange: () => onPick(box.checked, box) });
  return h("label", { class: "choice" }, box, h("span", { dir: "auto" }, words));
}

function checks(legend: string, boxes: HTMLElement[]): HTMLElement {
  return h("fieldset", { class: "field" }, h("legend", {}, legend), h("div", { class: "check-grid" }, ...boxes));
}

// Each change is made at once: there is nothing to save, and each is recorded by itself.
function openChangeDialog(person: Person, known: People, groups: Group[], reload: () => void): void {
  openDialog(t("people.change", { name: person.display_name || person.name }), (close) => {
    const problems = h("div", {});
    const attempt = (work: Promise<void>, undo: () => void): void => {
      replace(problems);
      work.then(() => { notify(t("people.changed")); reload(); }).catch((error) => {
        undo();
        replace(problems, problemNote(error));
      });
    };
    const member = (of: string) => (on: boolean, box: HTMLInputElement): void =>
      attempt(api.setMembership(`user:${person.name}`, of, on), () => { box.checked = !on; });
    const clearance = select(known.labels.map((value) => ({ value, text: value })), person.clearance);
    clearance.addEventListener("change", () => {
      const before = person.clearance;
      attempt(api.changePerson(person.name, { clearance: clearance.value }), () => { clearance.value = before; });
    });
    const password = h("input", { class: "input", type: "password", autocomplete: "new-password", "aria-label": t("people.password") });
    const set = button(t("people.password_set"), () => void withBusy(set, problems, async () => {
      await api.changePerson(person.name, { password: password.value });
      password.value = "";
      notify(t("people.changed"));
    }));
    return [h("div", { class: "stack" },
      field(t("people.col_clearance"), clearance, t("people.clearance_hint")),
      checks(t("people.col_roles"), known.roles.map((role) => checkbox(tOr(`role.${role}`, role), person.roles.includes(role), member(`role:${role}`)))),
      groups.length > 0 ? checks(t("people.col_groups"), groups.map((group) => checkbox(group.name, group.members.includes(`user:${person.name}`), member(`group:${group.name}`)))) : null,
      h("div", { class: "field" }, h("p", { class: "field-name" }, t("people.password")), h("div", { class: "row" }, password, set)),
      checkbox(t("people.disable"), person.is_disabled, (on, box) =>
        attempt(api.changePerson(person.name, { is_disabled: on }), () => { box.checked = !on; })),
      problems,
      h("div", { class: "dialog-foot" }, button(t("action.close"), close)))];
  });
}

function openPersonDialog(known: People, reload: () => void): void {
  openDialog(t("people.new"), (close) => {
    const problems = h("div", {});
    const name = h("input", { class: "input", maxlength: 100, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
    const shown = h("input", { class: "input", maxlength: 100, autocomplete: "off" });
    const password = h("input", { class: "input", type: "password", autocomplete: "new-password" });
    const clearance = select(known.labels.map((value) => ({ value, text: value })), known.labels.includes("internal") ? "internal" : known.labels[0] ?? "");
    const roles = new Set(["reader"]);
    const save = button(t("people.make"), null, { kind: "primary", type: "submit" });
    const submit = (event: Event): void => {
      event.preventDefault();
      void withBusy(save, problems, async () => {
        await api.createPerson({
          name: name.value.trim(), display_name: shown.value.trim() || name.value.trim(), clearance: clearance.value,
          roles: [...roles], password: password.value,
        });
        close();
        notify(t("people.made", { name: name.value.trim() }));
        reload();
      });
    };
    return [h("form", { class: "stack", novalidate: true, onsubmit: submit },
      h("div", { class: "pair" }, field(t("people.name"), name, t("people.name_hint")), field(t("people.shown"), shown)),
      field(t("people.password"), password, t("people.password_hint")),
      field(t("people.col_clearance"), clearance, t("people.clearance_hint")),
      checks(t("people.col_roles"), known.roles.map((role) =>
        checkbox(tOr(`role.${role}`, role), roles.has(role), (on) => { if (on) roles.add(role); else roles.delete(role); }))),
      problems,
      h("div", { class: "dialog-foot" }, button(t("action.cancel"), close), save))];
  });
}

function openGroupDialog(reload: () => void): void {
  openDialog(t("groups.new"), (close) => {
    const problems = h("div", {});
    const name = h("input", { class: "input", maxlength: 100, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
    const save = button(t("groups.make"), null, { kind: "primary", type: "submit" });
    return [h("form", { class: "stack", novalidate: true, onsubmit: (event: Event) => {
      event.preventDefault();
      void withBusy(save, problems, async () => {
        await api.createGroup(name.value.trim());
        close();
        reload();
      });
    } }, field(t("people.name"), name, t("groups.name_hint")), problems,
    h("div", { class: "dialog-foot" }, button(t("action.cancel"), close), save))];
  });
}

function groupItem(group: Group, known: People, reload: () => void): HTMLElement {
  const names = new Map(known.people.map((p) => [`user:${p.name}`, p.display_name || p.name]));
  return h("li", { class: "row-item" }, h("div", {},
    h("p", { class: "person-name", dir: "auto" }, group.name),
    h("p", { class: "quiet small", dir: "auto" }, group.members.length > 0 ? group.members.map((m) => names.get(m) ?? m).join(", ") : t("groups.empty"))),
  iconButton("edit", t("people.change", { name: group.name }), () => openMembersDialog(group, known, reload)));
}

function openMembersDialog(group: Group, known: People, reload: () => void): void {
  openDialog(t("groups.members", { name: group.name }), (close) => {
    const problems = h("div", {});
    const item = (person: Person): HTMLElement => checkbox(person.display_name || person.name, group.members.includes(`user:${person.name}`), (on, box) => {
      replace(problems);
      api.setMembership(`user:${person.name}`, `group:${group.name}`, on).then(reload).catch((error) => {
        box.checked = !on;
        replace(problems, problemNote(error));
      });
    });
    return [h("fieldset", { class: "field member-list" }, h("legend", { class: "visually-hidden" }, t("groups.members", { name: group.name })), h("div", { class: "check-grid" }, ...known.people.map(item))),
      problems, h("div", { class: "dialog-foot" }, button(t("action.close"), close))];
  });
}
