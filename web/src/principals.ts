// Principals as people write them: `everyone`, `user:ana`, `group:finance`, `role:editor`.
// Pure; the server checks again and has the last word.

import { Access, Me } from "./types";

export function parsePrincipal(text: string): string | null {
  const value = text.trim();
  if (value.toLowerCase() === "everyone") return "everyone";
  const match = /^(user|group|role):\s*(\S(?:.*\S)?)$/i.exec(value);
  return match ? `${match[1].toLowerCase()}:${match[2]}` : null;
}

// Would this person still get past the two locks? Deny wins; the label is an order of `me.labels`.
export function wouldRead(me: Me, access: Access): boolean {
  const mine = new Set([
    "everyone", `user:${me.name}`, ...me.groups.map((g) => `group:${g}`), ...me.roles.map((r) => `role:${r}`),
  ]);
  if (access.deny.some((p) => mine.has(p))) return false;
  return access.allow.some((p) => mine.has(p));
}

// "user:ana" as it reads where only a person can be meant.
export function personName(principal: string): string {
  return principal.startsWith("user:") ? principal.slice("user:".length) : principal;
}
