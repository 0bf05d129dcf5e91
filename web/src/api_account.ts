// The requests about one's own account and, for those who may, about people, feedback, settings
// and the record. Same door as api.ts: same origin, same problems.

import { base, get, part, send } from "./api";
import { ActivityRow, AuditPage, AuditVerdict, FeedbackPage, Group, Id, KeyRow, People, SessionRow, Setting } from "./types";

// --- one's own account

export async function sessions(): Promise<SessionRow[]> {
  return (await get<{ sessions: SessionRow[] }>("/me/sessions")).sessions;
}

export async function endSession(id: string): Promise<void> {
  await send("DELETE", `/me/sessions/${part(id)}`);
}

export async function keys(): Promise<KeyRow[]> {
  return (await get<{ keys: KeyRow[] }>("/me/keys")).keys;
}

export async function createKey(name: string, scopes: string[], days: number): Promise<string> {
  return ((await (await send("POST", "/me/keys", { json: { name, scopes, days } })).json()) as { key: string }).key;
}

export async function revokeKey(id: Id): Promise<void> {
  await send("DELETE", `/me/keys/${part(id)}`);
}

export async function changePassword(before: string, after: string): Promise<void> {
  await send("PUT", "/me/password", { json: { old_password: before, new_password: after } });
}

export async function activity(): Promise<ActivityRow[]> {
  return (await get<{ activity: ActivityRow[] }>("/me/activity")).activity;
}

// --- people and groups, the record, settings

export function people(): Promise<People> {
  return get<People>("/people");
}

export interface NewPerson { name: string; display_name: string; clearance: string; roles: string[]; password: string }

export async function createPerson(person: NewPerson): Promise<void> {
  await send("POST", "/people", { json: person });
}

export async function changePerson(
  name: string, change: { clearance?: string; is_disabled?: boolean; password?: string },
): Promise<void> {
  await send("PUT", `/people/${part(name)}`, { json: change });
}

export async function groups(): Promise<Group[]> {
  return (await get<{ groups: Group[] }>("/groups")).groups;
}

export async function createGroup(name: string): Promise<void> {
  await send("POST", "/groups", { json: { name } });
}

export async function setMembership(member: string, of: string, isMember: boolean): Promise<void> {
  await send("PUT", "/memberships", { json: { member, of, is_member: isMember } });
}

export function auditPage(
  filter: { actor: string; action: string; before: number | null; words: boolean }, signal: AbortSignal,
): Promise<AuditPage> {
  const query = new URLSearchParams({ limit: "50" });
  if (filter.actor) query.set("actor", filter.actor);
  if (filter.action) query.set("action", filter.action);
  if (filter.before) query.set("before", String(filter.before));
  if (filter.words) query.set("words", "1");
  return get<AuditPage>(`/audit?${query}`, signal);
}

export async function auditHead(): Promise<unknown> {
  return get<unknown>("/audit/head");
}

export async function verifyAudit(head: unknown): Promise<AuditVerdict> {
  return (await (await send("POST", "/audit/verification", { json: { head } })).json()) as AuditVerdict;
}

export function feedback(before: number | null): Promise<FeedbackPage> {
  return get<FeedbackPage>(`/feedback${before ? `?before=${before}` : ""}`);
}

export const feedbackExportUrl = `${base}/feedback/export`;

export async function settings(): Promise<Setting[]> {
  return (await get<{ settings: Setting[] }>("/settings")).settings;
}
