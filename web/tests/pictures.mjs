// Takes the pictures of docs/screenshots, of a server over the sample library that nobody has used:
//
//   node pictures.mjs BASE_URL OUT_DIR [desktop|phone|dark]
//   mogrify +dither -colors 96 -define png:compression-level=9 OUT_DIR/*.png     # ImageMagick; a fifth of the bytes
//
// CARREL_CHROMIUM names another browser than /usr/bin/chromium.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage, settled, signIn, widths } from "./browser.mjs";

const [base, out, only = ""] = process.argv.slice(2);
if (!base || !out) {
  console.error("usage: node pictures.mjs BASE_URL OUT_DIR [desktop|phone|dark]");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const passwords = { ben: "quiet-queue-of-night", oskar: "keeps-the-lamps-on", noor: "only-the-record" };
const browser = await launch();

async function open(user, isPhone, colorScheme = "light") {
  const options = isPhone ? { colorScheme } : { colorScheme, viewport: { width: 1280, height: 800 } };
  const page = await openPage(browser, isPhone ? widths.phone : 1280, options);
  if (user) await signIn(page, base, user, passwords[user]);
  else await page.goto(new URL("/sign-in", base).href);
  return page;
}

async function take(page, name) {
  await settled(page);
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

async function reader(suffix, isPhone, scheme) {
  const ben = await open("ben", isPhone, scheme);
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
  await ben.getByRole("button", { name: "Upload", exact: true }).click();
  await ben.getByRole("dialog").waitFor();
  await take(ben, `upload-${suffix}`);
  await ben.keyboard.press("Escape");
  await go(ben, "/documents?q=travel", ".docs");
  await ben.locator(".doc-title a", { hasText: "2025" }).first().click();
  await ben.locator(".page-image, .passage").first().waitFor();
  await take(ben, `document-${suffix}`);
  await go(ben, "/me", ".parts .row-item");
  await take(ben, `me-${suffix}`);
  await go(ben, "/settings", ".segments");
  await take(ben, `settings-${suffix}`);
  await ben.context().close();
}

// A question that was found good, so that there is feedback to look at.
async function roles(suffix, isPhone) {
  const ben = await open("ben", isPhone);
  await ask(ben, "Who approves a journey that costs more than EUR 2,000?");
  await ben.getByRole("button", { name: "Good answer" }).click();
  await ben.locator('[aria-pressed="true"]').waitFor();
  await ben.context().close();
  const oskar = await open("oskar", isPhone);
  await go(oskar, "/people", ".people-table");
  await take(oskar, `people-${suffix}`);
  await oskar.getByRole("button", { name: /^Change Ana/ }).click();
  await oskar.getByRole("dialog").waitFor();
  await take(oskar, `person-${suffix}`);
  await go(oskar, "/feedback", ".feedback-row");
  await take(oskar, `feedback-${suffix}`);
  await go(oskar, "/settings", ".settings-list");
  await oskar.locator(".settings-list").evaluate((e) => e.closest("section").scrollIntoView());
  await take(oskar, `settings-server-${suffix}`);
  await oskar.context().close();
  const noor = await open("noor", isPhone);
  await noor.getByRole("button", { name: "Verify the record" }).click();
  await noor.locator(".note-good").waitFor();
  await take(noor, `audit-${suffix}`);
  await noor.context().close();
}

try {
  for (const [suffix, isPhone] of [["desktop", false], ["phone", true]]) {
    if (only !== "" && only !== suffix) continue;
    const nobody = await open("", isPhone);
    await take(nobody, `sign-in-${suffix}`);
    await reader(suffix, isPhone, "light");
    await roles(suffix, isPhone);
  }
  if (only === "" || only === "dark") await reader("dark-desktop", false, "dark");
} finally {
  await browser.close();
}
