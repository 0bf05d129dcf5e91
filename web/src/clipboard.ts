// Puts text on the clipboard. Where the browser keeps its clipboard API from plain-HTTP pages
// of an internal network, the old way through a selected text box still works.

import { h } from "./dom";

export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused: try the old way.
  }
  const focused = document.activeElement;
  const box = h("textarea", { class: "visually-hidden", readonly: true, "aria-hidden": "true" });
  box.value = text;
  document.body.append(box);
  box.select();
  let ok = false;
  try {
    ok = document.execCommand("copy");
  } catch {
    ok = false;
  }
  box.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return ok;
}
