// What this browser remembers for the person at it: theme, language, single-key shortcuts.
// Kept in localStorage; where that is closed, the settings last as long as the page does.
// Nothing read or asked is ever kept there.

export type Theme = "system" | "light" | "dark";
export type Locale = "en" | "de";

const fallback = new Map<string, string>();

function get(key: string): string | null {
  try {
    return localStorage.getItem("carrel." + key);
  } catch {
    return fallback.get(key) ?? null;
  }
}

function put(key: string, value: string): void {
  fallback.set(key, value);
  try {
    localStorage.setItem("carrel." + key, value);
  } catch {
    // The map above holds it for this page.
  }
}

export function theme(): Theme {
  const value = get("theme");
  return value === "light" || value === "dark" ? value : "system";
}

export function setTheme(value: Theme): void {
  put("theme", value);
  applyTheme();
}

export function applyTheme(): void {
  const value = theme();
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

export function isDark(): boolean {
  const value = theme();
  return value === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : value === "dark";
}

export function locale(): Locale {
  const value = get("locale");
  if (value === "en" || value === "de") return value;
  return (navigator.language || "en").toLowerCase().startsWith("de") ? "de" : "en";
}

export function setLocale(value: Locale): void {
  put("locale", value);
}

export function hasShortcuts(): boolean {
  return get("shortcuts") !== "off";
}

export function setShortcuts(on: boolean): void {
  put("shortcuts", on ? "on" : "off");
}
