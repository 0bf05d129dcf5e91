// The whole of our DOM layer: make elements, replace children, render highlighted text.
//
// Everything ends in text nodes and setAttribute; there is no way in here to give HTML as a
// string. `href` and `src` must stay on this origin, inline handlers and styles are refused:
// a document's text can therefore never become markup, a foreign link or a remote image.

import { splitByHighlights } from "./highlight";
import { Span } from "./types";

export type Child = Node | string | number | null | undefined | false;
export type Attrs = {
  [name: string]: string | number | boolean | null | undefined | ((event: never) => void);
};

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attrs: Attrs = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) set(element, name, value);
  append(element, children);
  return element;
}

function set(element: HTMLElement, name: string, value: Attrs[string]): void {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") {
    element.addEventListener(name.slice(2), value as unknown as EventListener);
    return;
  }
  if (name.startsWith("on") || name === "style" || name === "srcdoc") throw new Error(`attribute refused: ${name}`);
  const text = value === true ? "" : String(value);
  if ((name === "href" || name === "src" || name === "action") && !isOwnUrl(text)) {
    throw new Error("foreign address refused");
  }
  element.setAttribute(name, text);
}

export function isOwnUrl(address: string): boolean {
  if (!address.startsWith("/") && !address.startsWith("#")) return false;
  try {
    return new URL(address, location.origin).origin === location.origin;
  } catch {
    return false;
  }
}

export function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

// Text with <mark> around the spans, ready to append.
export function highlighted(text: string, spans: readonly Span[] | null | undefined): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const piece of splitByHighlights(text, spans)) {
    fragment.append(piece.marked ? h("mark", {}, piece.text) : piece.text);
  }
  return fragment;
}

let nextId = 0;
export function uniqueId(prefix: string): string {
  return `${prefix}-${++nextId}`;
}

// True where a keyboard is likely: there, putting the focus in a box does not raise one.
export function hasFinePointer(): boolean {
  return matchMedia("(pointer: fine)").matches;
}
