// What this browser remembers (theme, language, keys), and for administrators what the server
// is set to, with the names under which that is changed.

import * as api from "../api_account";
import { h, replace, uniqueId } from "../dom";
import { formatBytes, formatNumber, t, tOr } from "../i18n";
import { go } from "../router";
import { may } from "../session";
import { hasShortcuts, Locale, locale, setLocale, setShortcuts, setTheme, Theme, theme } from "../settings";
import { Setting } from "../types";
import { View } from "../view";
import { problemNote, waiting } from "../widgets";

export function settingsView(): View {
  const element = h("div", { class: "me page" },
    h("header", { class: "page-head" }, h("h1", {}, t("settings.title"))),
    h("section", { class: "card stack" },
      h("h2", {}, t("me.appearance")),
      radios(t("me.theme"), theme(), [["system", t("me.theme_system")], ["light", t("me.theme_light")], ["dark", t("me.theme_dark")]],
        (value) => setTheme(value as Theme)),
      radios(t("me.language"), locale(), [["en", "English"], ["de", "Deutsch"]],
        (value) => { setLocale(value as Locale); document.documentElement.lang = locale(); go("/settings", { replace: true }); })),
    h("section", { class: "card stack keyboard" },
      h("h2", {}, t("me.keyboard")),
      h("label", { class: "choice" },
        h("input", { type: "checkbox", checked: hasShortcuts(), onchange: (event: Event) => setShortcuts((event.target as HTMLInputElement).checked) }),
        h("span", {}, t("me.shortcuts"))),
      h("dl", { class: "keys" },
        key(["/"], t("me.key_slash")), key(["j", "k", "↓", "↑"], t("me.key_jk")),
        key(["↵"], t("me.key_enter")), key(["Esc"], t("me.key_esc")))),
    may("administer") ? server() : null);
  return { title: t("settings.title"), element };
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

function server(): HTMLElement {
  const body = h("div", {}, waiting(t("docs.loading")));
  const load = (): void => {
    api.settings().then((rows) => replace(body, h("dl", { class: "settings-list" }, ...rows.map((row) => h("div", {},
      h("dt", {}, tOr(`setting.${row.key}`, row.key), h("code", {}, row.key)), h("dd", { dir: "auto" }, valueOf(row)))))))
      .catch((error) => replace(body, problemNote(error, load)));
  };
  load();
  return h("section", { class: "card stack" }, h("div", {}, h("h2", {}, t("settings.server")), h("p", { class: "hint" }, t("settings.server_hint"))), body);
}

function valueOf({ key: name, value }: Setting): string {
  if (typeof value === "boolean") return t(value ? "settings.yes" : "settings.no");
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : t("me.none");
  if (typeof value === "number") return name.endsWith("bytes_max") ? formatBytes(value) : formatNumber(value);
  return String(value);
}
