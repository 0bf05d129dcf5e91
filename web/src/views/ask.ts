// The Ask screen: a question box, and the conversation above it. Enter sends, Shift+Enter makes
// a new line. While an answer streams, the send button is a stop button.

import { conversation, Turn } from "../conversation";
import { h, hasFinePointer, replace } from "../dom";
import { t } from "../i18n";
import { icon } from "../icons";
import { closePanel, panelCovers } from "../panel";
import { View } from "../view";
import * as api from "../api";
import { note } from "../router";
import { button, problemNote, waiting } from "../widgets";
import { conversationHref, openHistory } from "./history";
import { scopeMenu } from "./scope";
import { questionList, TurnActions, turnElement } from "./turn";

const question_chars_max = 2000; // the server takes 2,048 bytes

export function askView(opened: string | null): View {
  const box = h("textarea", {
    class: "ask-box", rows: 1, maxlength: question_chars_max, "aria-label": t("ask.box"),
    oninput: () => fit(), onkeydown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    },
  });
  const send = h("button", { type: "submit", class: "ask-send" });
  const form = h("form", { class: "composer", onsubmit: (event: Event) => { event.preventDefault(); submit(); } },
    box, h("div", { class: "composer-foot" }, scopeMenu(), h("span", { class: "spring" }), send));
  const starters = h("div", { class: "starters" });
  const leaving = new AbortController();
  const thread = h("div", { class: "thread" });
  const element = h("div", { class: "ask" });

  const running = (): Turn | undefined => conversation.turns.find((turn) => turn.running);
  const fit = (): void => {
    box.rows = 1;
    while (box.scrollHeight > box.clientHeight + 2 && box.rows < 8) box.rows++;
  };
  const showSend = (): void => {
    const busy = running() !== undefined;
    replace(send, icon(busy ? "stop" : "send"));
    send.setAttribute("aria-label", t(busy ? "ask.stop" : "ask.send"));
    send.title = t(busy ? "ask.stop" : "ask.send");
    send.classList.toggle("is-stop", busy);
  };
  // A failed turn gives way to its repetition; an answered one stays to compare.
  const actions: TurnActions = {
    again: (turn) => {
      if (turn.state === "failed") {
        const at = conversation.turns.indexOf(turn);
        if (at >= 0) conversation.turns.splice(at, 1);
        thread.children[at]?.remove();
      }
      start(turn.question);
    },
    ask: (question) => start(question),
    asWritten: (turn) => start(turn.question, true),
    stateChanged: showSend,
  };

  const start = (question: string, asWritten = false): void => {
    running()?.stop();
    const turn = new Turn(question, asWritten);
    conversation.turns.push(turn);
    if (conversation.turns.length === 1) draw();
    else thread.append(turnElement(turn, actions));
    void turn.run();
    showSend();
    box.focus({ preventScroll: true });
    thread.lastElementChild?.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  };
  const submit = (): void => {
    const busy = running();
    if (busy) {
      busy.stop();
      return;
    }
    const question = box.value.trim();
    if (question === "") return;
    box.value = "";
    fit();
    if (panelCovers()) closePanel();
    start(question);
  };
  const draw = (): void => {
    const empty = conversation.turns.length === 0;
    element.classList.toggle("is-empty", empty);
    box.setAttribute("placeholder", t(empty ? "ask.placeholder" : "ask.placeholder_more"));
    replace(thread, ...conversation.turns.map((turn) => turnElement(turn, actions)));
    replace(element, ...(empty
      ? [header(false), welcome(), form, starters]
      : [header(true), thread, h("div", { class: "dock" }, form)]));
    showSend();
  };
  const anew = (): void => {
    conversation.forget();
    closePanel();
    note("/ask");
    draw();
    suggest();
    box.focus();
  };
  const header = (begun: boolean): HTMLElement => h("header", { class: "ask-head" },
    begun && h("h1", { class: "visually-hidden" }, t("ask.title")),
    button(t("history.button"), () => openHistory(conversation.id, anew), { icon: "clock" }),
    begun && button(t("ask.new"), anew, { icon: "plus" }));
  // What the library invites to ask; without any, how to ask.
  const suggest = (): void => {
    const use = (example: string): void => { box.value = example; fit(); box.focus(); };
    api.suggestions(leaving.signal).catch(() => []).then((questions) => {
      if (leaving.signal.aborted) return;
      replace(starters, questions.length > 0
        ? h("section", { "aria-label": t("ask.starters") }, h("h2", { class: "overline" }, t("ask.starters")), questionList(questions, (q) => start(q)))
        : tips(use));
    });
  };
  const reopen = async (id: string): Promise<void> => {
    replace(element, h("h1", { class: "visually-hidden" }, t("ask.title")), waiting(t("history.opening")));
    try {
      conversation.open(await api.keptConversation(id, leaving.signal));
      draw();
      thread.lastElementChild?.scrollIntoView({ block: "start" });
    } catch (error) {
      if (api.isAbort(error)) return;
      const gone = api.asProblem(error).status === 404;
      replace(element, h("h1", { class: "visually-hidden" }, t("ask.title")),
        gone ? h("p", { class: "note", role: "status" }, t("history.gone")) : problemNote(error, () => void reopen(id)),
        h("p", { class: "more" }, button(t("ask.new"), anew, { icon: "plus" })));
    }
  };
  conversation.onBegun = (id) => note(conversationHref(id), { replace: true });
  if (opened !== null && opened !== String(conversation.id)) void reopen(opened);
  else {
    if (opened === null && conversation.id !== null) note(conversationHref(conversation.id), { replace: true });
    draw();
  }
  if (conversation.turns.length === 0 && opened === null) suggest();
  box.value = conversation.takeUnasked();
  requestAnimationFrame(fit);
  const view: View = { title: t("ask.title"), element, box, dispose: () => {
    leaving.abort();
    conversation.onBegun = () => undefined;
    conversation.turns.forEach((turn) => { turn.listener = null; });
  } };
  if (hasFinePointer()) view.focus = box;
  return view;
}

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function welcome(): HTMLElement {
  return h("header", { class: "welcome" }, h("h1", {}, t("ask.heading")), h("p", { class: "lead" }, t("ask.lead")));
}

function tips(use: (example: string) => void): HTMLElement {
  const pairs = [
    [t("ask.tip1"), t("ask.tip1_example")],
    [t("ask.tip2"), t("ask.tip2_example")],
    [t("ask.tip3"), t("ask.tip3_example")],
  ];
  return h("section", { class: "tips", "aria-label": t("ask.tips") }, ...pairs.map(([tip, example]) =>
    h("button", { type: "button", class: "tip", onclick: () => use(example) },
      h("span", { class: "tip-rule" }, tip), h("span", { class: "tip-example" }, example))));
}
