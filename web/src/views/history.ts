// One's own earlier conversations: open, rename, delete. Shown in a dialog, so that it is at
// hand from any place in a conversation.

import * as api from "../api";
import { h, replace } from "../dom";
import { formatDate, t, tn } from "../i18n";
import { go } from "../router";
import { ConversationRow, Id } from "../types";
import { button, iconButton, notify, openDialog, problemNote, waiting } from "../widgets";

export function conversationHref(id: Id): string {
  return `/ask?c=${encodeURIComponent(String(id))}`;
}

export function openHistory(current: Id | null, onGone: () => void): void {
  openDialog(t("history.title"), (close) => {
    const list = h("div", {}, waiting(t("docs.loading")));
    const load = async (): Promise<void> => {
      try {
        const { conversations, days_kept } = await api.conversations();
        replace(list, ...draw(conversations, days_kept));
      } catch (error) {
        replace(list, problemNote(error, () => void load()));
      }
    };
    const gone = (id: Id | null): void => {
      if (current !== null && (id === null || id === current)) onGone();
      void load();
    };
    const draw = (rows: ConversationRow[], days: number): (HTMLElement | null)[] => [
      rows.length === 0 ? h("p", { class: "quiet" }, t("history.none")) : h("ul", { class: "history" }, ...rows.map((row) => item(row, close, gone))),
      h("p", { class: "hint" }, tn("history.kept", days)),
      rows.length > 1 ? h("div", { class: "dialog-foot" }, deleteAll(gone)) : null,
    ];
    void load();
    return [list];
  });
}

function item(row: ConversationRow, close: () => void, gone: (id: Id | null) => void): HTMLElement {
  const line = h("li", { class: "history-row" });
  const show = (): void => replace(line,
    h("a", { class: "history-link", href: conversationHref(row.conversation_id), onclick: (event: MouseEvent) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      close();
      go(conversationHref(row.conversation_id));
    } }, h("span", { class: "history-title", dir: "auto" }, row.title), h("span", { class: "quiet small" }, formatDate(row.updated_at))),
    iconButton("edit", t("history.rename", { title: row.title }), rename),
    iconButton("trash", t("history.delete", { title: row.title }), () => void remove()));
  const rename = (): void => {
    const box = h("input", { class: "input", maxlength: 150, "aria-label": t("history.name") });
    box.value = row.title;
    const save = async (event: Event): Promise<void> => {
      event.preventDefault();
      const title = box.value.trim();
      if (title !== "" && title !== row.title) {
        try {
          await api.renameConversation(row.conversation_id, title);
          row.title = title;
        } catch (error) {
          notify(api.asProblem(error).message);
        }
      }
      show();
      line.querySelector("a")?.focus();
    };
    replace(line, h("form", { class: "row history-rename", onsubmit: save }, box, button(t("access.save"), null, { type: "submit", kind: "primary" })));
    box.select();
  };
  const remove = async (): Promise<void> => {
    try {
      await api.deleteConversation(row.conversation_id);
      gone(row.conversation_id);
    } catch (error) {
      notify(api.asProblem(error).message);
    }
  };
  show();
  return line;
}

// Twice, because it cannot be undone: the first press asks, the second does it.
function deleteAll(gone: (id: Id | null) => void): HTMLElement {
  let sure = false;
  const all: HTMLButtonElement = button(t("history.delete_all"), () => {
    if (!sure) {
      sure = true;
      replace(all.querySelector("span")!, t("history.delete_sure"));
      return;
    }
    api.deleteConversations().then(() => gone(null)).catch((error) => notify(api.asProblem(error).message));
  }, { icon: "trash", kind: "danger" });
  return all;
}
