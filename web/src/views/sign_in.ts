// The sign-in screen. A refused sign-in says one thing only, whether the name or the password
// was wrong; the password never leaves this form but for the one request.

import { asProblem, signIn } from "../api";
import { h, replace } from "../dom";
import { t } from "../i18n";
import { go, safeNext } from "../router";
import { setMe } from "../session";
import { View } from "../view";
import { button, field, problemNote } from "../widgets";

export function signInView(next: string | null, ended: boolean): View {
  const user = h("input", {
    class: "input", name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true,
  });
  const password = h("input", { class: "input", name: "password", type: "password", autocomplete: "current-password", required: true });
  const submit = button(t("sign_in.submit"), null, { kind: "primary", type: "submit" });
  const problems = h("div", { class: "problems" });
  const words = submit.querySelector("span")!;

  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    replace(problems);
    if (user.value.trim() === "" || password.value === "") {
      say(problems, t("sign_in.missing"));
      (user.value.trim() === "" ? user : password).focus();
      return;
    }
    submit.disabled = true;
    words.textContent = t("sign_in.busy");
    try {
      const person = await signIn(user.value.trim(), password.value);
      password.value = "";
      setMe(person);
      go(safeNext(next), { replace: true });
      return;
    } catch (error) {
      const status = asProblem(error).status;
      if (status === 401 || status === 403) say(problems, t("sign_in.wrong"));
      else replace(problems, problemNote(error));
      password.select();
      password.focus();
    }
    submit.disabled = false;
    words.textContent = t("sign_in.submit");
  };

  const element = h("div", { class: "sign-in" },
    h("img", { class: "sign-in-mark", src: "/favicon.svg", alt: "", width: 56, height: 56 }),
    h("h1", { class: "sign-in-name" }, t("app.name")),
    h("p", { class: "quiet" }, t("app.tagline")),
    h("form", { class: "card sign-in-card", novalidate: true, onsubmit: onSubmit },
      h("h2", {}, t("sign_in.title")),
      problems,
      field(t("sign_in.user"), user),
      field(t("sign_in.password"), password),
      submit));
  if (ended) replace(problems, h("p", { class: "note", role: "status" }, t("sign_in.ended")));
  return { title: t("sign_in.title"), element, focus: user };
}

function say(problems: HTMLElement, text: string): void {
  replace(problems, h("p", { class: "note note-problem", role: "alert" }, text));
}
