// Routes without hashes, on the history API. Links stay ordinary links: a plain click on one
// of our own routes is taken over here, everything else (new tab, download) is the browser's.

export interface Place { path: string; query: URLSearchParams }

let render: (place: Place, moved: boolean) => void = () => undefined;

export function place(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

export function startRouter(onPlace: (place: Place, moved: boolean) => void): void {
  render = onPlace;
  addEventListener("popstate", () => render(place(), true));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const href = link?.getAttribute("href");
    if (!link || !href || !href.startsWith("/") || href.startsWith("/api/") || link.hasAttribute("download")) return;
    event.preventDefault();
    go(href);
  });
}

export function go(href: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  render(place(), true);
}

// Changes the address without drawing the screen anew: the screen has done so itself.
export function note(href: string, options: { replace?: boolean } = {}): void {
  if (location.pathname + location.search === href) return;
  if (options.replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
}

export function searchHref(query: string): string {
  return query ? `/search?q=${encodeURIComponent(query)}` : "/search";
}

export function documentHref(id: string | number, page?: number | null, chunk?: string | number | null): string {
  const query = new URLSearchParams();
  if (page) query.set("page", String(page));
  if (chunk !== null && chunk !== undefined) query.set("chunk", String(chunk));
  const tail = query.toString();
  return `/documents/${encodeURIComponent(String(id))}${tail ? "?" + tail : ""}`;
}

// Where to go after signing in: one of our own routes, never an address from outside.
export function safeNext(next: string | null): string {
  if (!next || !/^\/(?![/\\])/.test(next) || next.startsWith("/sign-in") || next.startsWith("/api/")) return "/";
  return next;
}
