// Who is signed in and what that allows; where else one is signed in; keys for programs; what
// the record holds of oneself; and the way out.

import { asProblem, signOut } from "../api";
import * as api from "../api_account";
import { copyText } from "../clipboard";
import { Child, h, replace } from "../dom";
import { formatDateTime, t, tOr } from "../i18n";
import { MessageKey } from "../messages/en";
import { go } from "../router";
import { may, me, setMe } from "../session";
import { Action, ActivityRow, KeyRow, SessionRow } from "../types";
import { View } from "../view";
import { button, field, labelBadge, notify, openDialog, problemNote, select, waiting, withBusy } from "../widgets";

const password_chars_min = 12;

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
    [t("me.roles"), [person.roles.map((role) => tOr(`role.${role}`, role)).join(", ") || t("me.none")]],
    [t("me.groups"), [person.groups.join(", ") || t("me.none")]],
    [t("me.clearance"), [labelBadge(person.clearance), h("span", { class: "hint" }, t("me.clearance_hint", { labels: person.labels.join(", ") }))]],
    [t("me.actions"), [person.actions.map((action) => tOr(`me.act_${action}`, action)).join(", ") || t("me.none")]],
  ];
  const element = h("div", { class: "me page" },
    h("header", { class: "page-head" }, h("h1", { dir: "auto" }, person.display_name || person.name), out),
    problems,
    elsewhere(),
    h("section", { class: "card facts" }, h("dl", {}, ...pairs.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, ...value))))),
    together(
      part(t("me.sessions"), t("me.sessions_hint"), sessionList, () => button(t("me.password"), openPasswordDialog, { icon: "lock" })),
      part(t("me.keys"), t("me.keys_hint"), keyList, (reload) => button(t("me.key_new"), () => openKeyDialog(reload), { icon: "plus" })),
      part(t("me.activity"), t("me.activity_hint"), activityList)));
  return { title: t("me.title"), element };
}

// On phones the bar at the bottom has room for the main screens only.
function elsewhere(): HTMLElement {
  const links: [string, MessageKey, boolean][] = [
    ["/people", "nav.people", may("administer")], ["/feedback", "nav.feedback", may("administer")],
    ["/audit", "nav.audit", may("audit")], ["/settings", "nav.settings", true],
  ];
  return h("nav", { class: "elsewhere", "aria-label": t("nav.more") }, ...links.filter(([, , shown]) => shown).map(([href, words]) =>
    h("a", { class: "button button-plain", href }, h("span", {}, t(words)))));
}

type Fill = (reload: () => void) => Promise<Child[]>;

interface Part { element: HTMLElement; ready: Promise<void> }

function part(title: string, hint: string, fill: Fill, foot?: (reload: () => void) => HTMLElement): Part {
  const body = h("div", { class: "part-body" });
  const load = (): Promise<void> =>
    fill(() => void load()).then((children) => replace(body, ...children)).catch((error) => replace(body, problemNote(error, () => void load())));
  const element = h("section", { class: "card stack" },
    h("div", {}, h("h2", {}, title), h("p", { class: "hint" }, hint)), body,
    foot ? h("div", { class: "row" }, foot(() => void load())) : null);
  return { element, ready: load() };
}

// Shown once all are filled, so that none pushes another down under somebody's finger.
function together(...parts: Part[]): HTMLElement {
  const host = h("div", { class: "parts" }, waiting(t("docs.loading")));
  void Promise.all(parts.map(({ ready }) => ready)).then(() => replace(host, ...parts.map(({ element }) => element)));
  return host;
}

async function sessionList(reload: () => void): Promise<Child[]> {
  const rows = await api.sessions();
  return [h("ul", { class: "rows" }, ...rows.map((row: SessionRow) => h("li", { class: "row-item" },
    h("div", {}, h("p", {}, t(row.is_current ? "me.session_here" : "me.session_other")),
      h("p", { class: "quiet small" }, t("me.session_times", { begun: formatDateTime(row.created_at), seen: formatDateTime(row.last_seen_at) }))),
    !row.is_current && button(t("me.session_end"), () => {
      api.endSession(row.id).then(reload).catch((error) => notify(asProblem(error).message));
    }))))];
}

async function keyList(reload: () => void): Promise<Child[]> {
  const rows = await api.keys();
  if (rows.length === 0) return [h("p", { class: "quiet" }, t("me.keys_none"))];
  return [h("ul", { class: "rows" }, ...rows.map((row: KeyRow) => h("li", { class: "row-item" },
    h("div", {}, h("p", {}, h("bdi", {}, row.name), " ", h("code", {}, row.prefix + "…")),
      h("p", { class: "quiet small" }, row.scopes.map((scope) => tOr(`me.act_${scope}`, scope)).join(", "), " · ",
        row.last_used_at ? t("me.key_used", { date: formatDateTime(row.last_used_at) }) : t("me.key_unused"),
        row.expires_at ? " · " + t("me.key_expires", { date: formatDateTime(row.expires_at) }) : "")),
    button(t("me.key_revoke"), () => {
      api.revokeKey(row.key_id).then(reload).catch((error) => notify(asProblem(error).message));
    }, { kind: "danger", label: `${t("me.key_revoke")}: ${row.name}` }))))];
}

async function activityList(): Promise<Child[]> {
  const rows = (await api.activity()).filter((row) => row.action !== "suggest");
  if (rows.length === 0) return [h("p", { class: "quiet" }, t("me.activity_none"))];
  return [h("ul", { class: "rows rows-tight", tabindex: 0, "aria-label": t("me.activity") }, ...rows.map((row: ActivityRow) => h("li", { class: "activity" },
    h("span", { class: "quiet small nowrap" }, formatDateTime(row.time)),
    h("span", {}, tOr(`action.${row.action}`, row.action), row.words !== null && row.words !== "" && h("q", { class: "activity-words", dir: "auto" }, row.words)))))];
}

function openPasswordDialog(): void {
  openDialog(t("me.password"), (close) => {
    const problems = h("div", {});
    const before = h("input", { class: "input", type: "password", autocomplete: "current-password" });
    const after = h("input", { class: "input", type: "password", autocomplete: "new-password" });
    const again = h("input", { class: "input", type: "password", autocomplete: "new-password" });
    const save = button(t("access.save"), null, { kind: "primary", type: "submit" });
    const wrong = (words: string): void => replace(problems, h("p", { class: "note note-problem", role: "alert" }, words));
    const submit = (event: Event): void => {
      event.preventDefault();
      if (before.value === "" || after.value === "") return wrong(t("sign_in.missing"));
      if (after.value.length < password_chars_min) return wrong(t("me.password_short", { n: password_chars_min }));
      if (after.value !== again.value) return wrong(t("me.password_differ"));
      void withBusy(save, problems, async () => {
        await api.changePassword(before.value, after.value);
        close();
        setMe(null);
        go("/sign-in", { replace: true });
        notify(t("me.password_done"));
      });
    };
    return [h("form", { class: "stack", novalidate: true, onsubmit: submit },
      h("p", { class: "quiet" }, t("me.password_hint")),
      field(t("me.password_before"), before), field(t("me.password_after"), after), field(t("me.password_again"), again),
      problems, h("div", { class: "dialog-foot" }, button(t("action.cancel"), close), save))];
  });
}

function openKeyDialog(reload: () => void): void {
  openDialog(t("me.key_new"), (close) => {
    const problems = h("div", {});
    const body = h("div", {});
    const name = h("input", { class: "input", maxlength: 60, autocomplete: "off" });
    const days = select([["30", 30], ["90", 90], ["365", 365]].map(([value, n]) => ({ value: String(value), text: t("me.key_days", { n }) })), "90");
    const scopes = me()!.actions.filter((action) => action !== "administer" && action !== "audit");
    const picked = new Set<Action>(scopes.filter((action) => action === "search" || action === "ask"));
    const save = button(t("me.key_make"), null, { kind: "primary", type: "submit" });
    const submit = (event: Event): void => {
      event.preventDefault();
      void withBusy(save, problems, async () => {
        const key = await api.createKey(name.value.trim(), [...picked], Number(days.value));
        reload();
        const copy = button(t("me.key_copy"), () => void copyText(key).then((ok) => notify(t(ok ? "ask.copied" : "ask.copy_failed"))), { icon: "copy", kind: "primary" });
        replace(body, h("div", { class: "stack" }, h("p", {}, t("me.key_once")), h("code", { class: "secret" }, key),
          h("div", { class: "dialog-foot" }, button(t("action.close"), close), copy)));
        copy.focus();
      });
    };
    replace(body, h("form", { class: "stack", novalidate: true, onsubmit: submit },
      field(t("me.key_name"), name, t("me.key_name_hint")),
      h("fieldset", { class: "field" }, h("legend", {}, t("me.key_scopes")), ...scopes.map((action) => h("label", { class: "choice" },
        h("input", { type: "checkbox", checked: picked.has(action), onchange: (event: Event) => {
          if ((event.target as HTMLInputElement).checked) picked.add(action);
          else picked.delete(action);
        } }), h("span", {}, tOr(`me.act_${action}`, action))))),
      field(t("me.key_lasts"), days), problems,
      h("div", { class: "dialog-foot" }, button(t("action.cancel"), close), save)));
    return [body];
  });
}
