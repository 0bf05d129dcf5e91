// Who is signed in, as far as this page knows. The server decides every request anew; what is
// kept here only spares people buttons that would be refused. Stores that hold what somebody
// read or asked register a reset, so that nothing outlives the sign-out.

import { Action, Me } from "./types";

let current: Me | null = null;
const resets: (() => void)[] = [];

export function me(): Me | null {
  return current;
}

export function setMe(value: Me | null): void {
  if (value === null || value.name !== current?.name) resets.forEach((reset) => reset());
  current = value;
}

export function may(action: Action): boolean {
  return current !== null && current.actions.includes(action);
}

export function onPersonChange(reset: () => void): void {
  resets.push(reset);
}
