// Words for people: t() looks a message up in the chosen language and fills in {names};
// tn() picks the plural form (".one", ".other"). Every language must have every key, which
// the type of `de` enforces.

import { de } from "./messages/de";
import { en, MessageKey } from "./messages/en";
import { Locale, locale } from "./settings";

const languages: Record<Locale, Record<MessageKey, string>> = { en, de };

type Params = Record<string, string | number>;
type PluralStem<K> = K extends `${infer S}.other` ? S : never;
export type PluralKey = PluralStem<MessageKey>;

export function t(key: MessageKey, params: Params = {}): string {
  return fill(languages[locale()][key], params);
}

export function tn(stem: PluralKey, count: number, params: Params = {}): string {
  const form = new Intl.PluralRules(locale()).select(count) === "one" ? "one" : "other";
  return t(`${stem}.${form}` as MessageKey, { n: formatNumber(count), ...params });
}

// For keys made from data, such as an action's name: the data's own word where we have none.
export function tOr(key: string, otherwise: string): string {
  const words = languages[locale()] as Record<string, string>;
  return Object.prototype.hasOwnProperty.call(words, key) ? words[key] : otherwise;
}

function fill(message: string, params: Params): string {
  return message.replace(/\{(\w+)\}/g, (all, name: string) => (name in params ? String(params[name]) : all));
}

// The chosen language in the region this browser is set to, so that dates read as at home.
function region(): string {
  return navigator.languages.find((language) => language.toLowerCase().startsWith(locale())) ?? locale();
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(region()).format(value);
}

export function formatDate(rfc3339: string): string {
  const date = new Date(rfc3339);
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat(region(), { dateStyle: "medium" }).format(date);
}

export function formatDateTime(rfc3339: string): string {
  const date = new Date(rfc3339);
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat(region(), { dateStyle: "medium", timeStyle: "short" }).format(date);
}

export function formatBytes(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let step = 0;
  while (bytes >= 1000 && step < units.length - 1) {
    bytes /= 1000;
    step++;
  }
  const digits = step > 0 && bytes < 10 ? 1 : 0;
  return new Intl.NumberFormat(region(), {
    style: "unit", unit: units[step], unitDisplay: step === 0 ? "long" : "short", maximumFractionDigits: digits,
  }).format(bytes);
}
