// Who is signed in and what that allows, the settings of this browser, and the way out.

import { signOut, asProblem } from "../api";
import { h, uniqueId } from "../dom";
import { t, tOr } from "../i18n";
import { go } from "../router";
import { me, setMe } from "../session";
import { hasShortcuts, Locale, locale, setLocale, setShortcuts, setTheme, Theme, theme } from "../settings";
import { View } from "../view";
import { button, labelBadge, withBusy } from "../widgets";

export function meView(): View {
  const person = me()!;
  const problems = h("div", { class: "problems" });
  const out = button(t("me.sign_out"), () => void withBusy(out, problems, async () => {
    try {
      await signOut();
    } catch (error) {
      if (asProblem(error).status !== 401) throw error; // already signed out
    }
    setMe(null);
    go("/sign-in", { replace: true });
  }));
  const pairs: [string, (string | HTMLElement | null)[]][] = [
    [t("me.user"), [person.name]],
    [t("me.roles"), [person.roles.join(", ") || t("me.none")]],
    [t("me.groups"), [person.groups.join(", ") || t("me.none")]],
    [t("me.clearance"), [labelBadge(person.clearance), h("span", { class: "hint" }, t("me.clearance_hint", { labels: person.labels.join(", ") }))]],
    [t("me.actions"), [person.actions.map((action) => tOr(`me.act_${action}`, action)).join(", ") || t("me.none")]],
  ];
  const element = h("div", { class: "me page" },
    h("header", { class: "page-head" }, h("h1", { dir: "auto" }, person.display_name || person.name), out),
    problems,
    h("section", { class: "card facts" }, h("dl", {}, ...pairs.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, ...value))))),
    h("section", { class: "card stack" },
      h("h2", { class: "overline" }, t("me.appearance")),
      radios(t("me.theme"), theme(), [["system", t("me.theme_system")], ["light", t("me.theme_light")], ["dark", t("me.theme_dark")]],
        (value) => setTheme(value as Theme)),
      radios(t("me.language"), locale(), [["en", "English"], ["de", "Deutsch"]],
        (value) => { setLocale(value as Locale); document.documentElement.lang = locale(); go("/me", { replace: true }); })),
    h("section", { class: "card stack keyboard" },
      h("h2", { class: "overline" }, t("me.keyboard")),
      h("label", { class: "choice" },
        h("input", { type: "checkbox", checked: hasShortcuts(), onchange: (event: Event) => setShortcuts((event.target as HTMLInputElement).checked) }),
        h("span", {}, t("me.shortcuts"))),
      h("dl", { class: "keys" },
        key(["/"], t("me.key_slash")), key(["j", "k", "↓", "↑"], t("me.key_jk")),
        key(["↵"], t("me.key_enter")), key(["Esc"], t("me.key_esc")))));
  return { title: t("me.title"), element };
}

function key(keys: string[], text: string): HTMLElement {
  return h("div", {}, h("dt", {}, ...keys.map((k) => h("kbd", {}, k))), h("dd", {}, text));
}

function radios(legend: string, current: string, options: [string, string][], onPick: (value: string) => void): HTMLElement {
  const name = uniqueId("radio");
  return h("fieldset", { class: "field" }, h("legend", {}, legend),
    h("div", { class: "segments" }, ...options.map(([value, text]) => h("label", { class: "segment" },
      h("input", { type: "radio", name, value, checked: value === current, onchange: () => onPick(value) }), h("span", {}, text)))));
}
