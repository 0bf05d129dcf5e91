// Takes the pictures of docs/screenshots, of a server over the sample library that nobody has used:
//
//   node pictures.mjs BASE_URL OUT_DIR
//   mogrify +dither -colors 96 -define png:compression-level=9 OUT_DIR/*.png     # ImageMagick; a fifth of the bytes
//
// CARREL_CHROMIUM names another browser than /usr/bin/chromium.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base, out] = process.argv.slice(2);
if (!base || !out) {
  console.error("usage: node pictures.mjs BASE_URL OUT_DIR");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const passwords = { ben: "quiet-queue-of-night", oskar: "keeps-the-lamps-on", noor: "only-the-record" };
const browser = await chromium.launch({ executablePath: process.env.CARREL_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

async function open(user, phone, colorScheme = "light") {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 }, locale: "en-GB", hasTouch: phone,
    reducedMotion: "reduce", colorScheme,
  });
  const page = await context.newPage();
  await page.goto(new URL("/sign-in", base).href);
  if (!user) return page;
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(passwords[user]);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  return page;
}

async function take(page, name) {
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(out, `${name}.png`) });
}

async function go(page, path, wait) {
  await page.goto(new URL(path, base).href);
  await page.locator(wait).first().waitFor();
}

async function ask(page, question) {
  await page.getByLabel("Your question").fill(question);
  await page.keyboard.press("Enter");
  await page.locator(".turn").last().getByRole("button", { name: "Copy with sources" }).waitFor();
}

for (const [suffix, phone] of [["desktop", false], ["phone", true]]) {
  const nobody = await open("", phone);
  await take(nobody, `sign-in-${suffix}`);
  const ben = await open("ben", phone);
  await ben.locator(".suggested").first().waitFor();
  await take(ben, `ask-start-${suffix}`);
  await ask(ben, "What is the hotel limit per night in London?");
  await ask(ben, "And in Paris?");
  await take(ben, `ask-follow-up-${suffix}`);
  await ben.locator(".turn").last().locator(".answer-text .chip").first().click();
  await ben.locator("#panel mark").first().waitFor();
  await take(ben, `ask-${suffix}`);
  await go(ben, "/search?q=leave", ".hit");
  await take(ben, `search-${suffix}`);
  await go(ben, "/documents", ".docs");
  await take(ben, `documents-${suffix}`);
  await ben.getByLabel("Filter by title").fill("travel");
  await ben.getByText("documents", { exact: false }).first().waitFor();
  await ben.locator(".doc-title a", { hasText: "2025" }).first().click();
  await ben.locator(".page-image, .passage").first().waitFor();
  await take(ben, `document-${suffix}`);
  await go(ben, "/me", ".parts .row-item");
  await take(ben, `me-${suffix}`);
  await ben.context().close();
}

const dark = await open("ben", false, "dark");
await ask(dark, "Who approves a journey that costs more than EUR 2,000?");
await dark.getByRole("button", { name: "Good answer" }).click();
await take(dark, "ask-dark-desktop");
const oskar = await open("oskar", false);
await go(oskar, "/people", ".people-table");
await take(oskar, "people-desktop");
await go(oskar, "/feedback", ".feedback-row");
await take(oskar, "feedback-desktop");
await go(oskar, "/settings", ".settings-list");
await take(oskar, "settings-desktop");
const noor = await open("noor", false);
await noor.getByRole("button", { name: "Verify the record" }).click();
await noor.locator(".note-good").waitFor();
await take(noor, "audit-desktop");
await browser.close();
