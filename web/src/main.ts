// Starts the UI: settings, who is signed in, then the screen that belongs to the address.

import * as api from "./api";
import { h, replace } from "./dom";
import { t } from "./i18n";
import { go, Place, place, startRouter } from "./router";
import { may, me, setMe } from "./session";
import { applyTheme, locale } from "./settings";
import { showView, startShell } from "./shell";
import { View } from "./view";
import { askView } from "./views/ask";
import { auditView } from "./views/audit";
import { documentView, notFound } from "./views/document";
import { documentsView } from "./views/documents";
import { feedbackView } from "./views/feedback";
import { meView } from "./views/me";
import { peopleView } from "./views/people";
import { searchView } from "./views/search";
import { settingsView } from "./views/settings";
import { signInView } from "./views/sign_in";
import { problemNote } from "./widgets";

function viewFor({ path, query }: Place): View {
  if (path === "/ask" && may("ask")) return askView(query.get("c"));
  if (path === "/search" && may("search")) return searchView(query);
  if (path === "/documents" && may("search")) return documentsView(query);
  if (path === "/me") return meView();
  if (path === "/settings") return settingsView();
  if (path === "/people" && may("administer")) return peopleView();
  if (path === "/feedback" && may("administer")) return feedbackView();
  if (path === "/audit" && may("audit")) return auditView();
  const match = /^\/documents\/([^/]+)$/.exec(path);
  if (match) return documentView(decode(match[1]), query);
  return { title: t("error.not_found"), element: notFound() };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// The session ended by itself, which the sign-in screen then says.
let ended = false;

function render(at: Place, moved: boolean): void {
  if (me() === null) {
    if (at.path !== "/sign-in") {
      const here = at.path === "/" ? "" : "?next=" + encodeURIComponent(location.pathname + location.search);
      go("/sign-in" + here, { replace: true });
      return;
    }
    showView(signInView(at.query.get("next"), ended), at.path, moved);
    return;
  }
  ended = false;
  if (at.path === "/" || at.path === "/sign-in") {
    go(may("ask") ? "/ask" : may("search") ? "/search" : may("audit") ? "/audit" : may("administer") ? "/people" : "/me", { replace: true });
    return;
  }
  showView(viewFor(at), at.path, moved);
}

async function start(): Promise<void> {
  const app = document.getElementById("app")!;
  applyTheme();
  document.documentElement.lang = locale();
  startShell(app);
  try {
    setMe(await api.me());
  } catch (error) {
    if (api.asProblem(error).status !== 401) {
      replace(app, h("main", { class: "main" }, h("div", { class: "page" }, problemNote(error, () => void start()))));
      return;
    }
    setMe(null);
  }
  startRouter(render);
  render(place(), false);
}

api.onSignedOut(() => {
  if (me() === null) return;
  ended = true;
  setMe(null);
  render(place(), true);
});

void start();
