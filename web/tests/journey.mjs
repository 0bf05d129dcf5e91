// Walks through the UI like a person, in a real browser, against a running server:
//
//   node journey.mjs BASE_URL USER PASSWORD [WIDTHS [SCREENSHOT_DIR]]
//
// Signs in, uploads a text file, asks about it, asks on, rates the answer, opens the citation and
// the conversation again, searches and narrows, finds the file in the list, deletes it, makes and
// revokes a key, signs out. WIDTHS: phone, tablet, wide, or several with commas; all if absent.
// Claims on the way: no request leaves the server's origin, no console error, no violation of the
// content policy, no sideways scrolling, every control has a name, axe finds nothing, in light and
// dark, no layout shift, Tab reaches every control, text stays text. USER must hold the actions
// search, ask and upload.
//
// CARREL_QUESTION and CARREL_FOLLOW_UP add questions about the library as it is. CARREL_ADMIN and
// CARREL_AUDITOR ("name password") add the screens of those roles. CARREL_CHROMIUM names another
// browser. Exit status 0: all claims hold.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage, widths } from "./browser.mjs";
import { checkContrast, checkKeyboard, checkScreen, loadScreen, watch } from "./claims.mjs";
import { askAbout, askLibrary, search } from "./questions.mjs";
import { administration, auditing } from "./roles.mjs";

const [base, user, password, which = Object.keys(widths).join(), shots] = process.argv.slice(2);
if (!base || !user || password === undefined || which.split(",").some((name) => !(name in widths))) {
  console.error("usage: node journey.mjs BASE_URL USER PASSWORD [WIDTHS [SCREENSHOT_DIR]]");
  process.exit(2);
}
if (shots) mkdirSync(shots, { recursive: true });
const origin = new URL(base).origin;
const question = process.env.CARREL_QUESTION ?? "";
const followUp = process.env.CARREL_FOLLOW_UP ?? "";
const screens = ["/ask", "/search?q=leave", "/documents", "/me", "/settings"];

const browser = await launch();
let failures = 0;
try {
  for (const name of which.split(",")) failures += (await journey(name, widths[name])) ? 0 : 1;
} finally {
  await browser.close();
}
process.exit(failures === 0 ? 0 : 1);

async function journey(form, width) {
  const page = await openPage(browser, width, { acceptDownloads: true });
  const trouble = await watch(page, origin);
  const shoot = async (name) => {
    const where = `${form} ${name}`;
    await checkScreen(page, where, trouble);
    if (shots) await page.screenshot({ path: join(shots, `${form}-${name}-light.png`) });
    // The colours are the same at every width, so the dark ones are looked at once.
    if (form !== "tablet" && !shots) return;
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await checkContrast(page, `${where}, dark`, trouble);
    if (shots) await page.screenshot({ path: join(shots, `${form}-${name}-dark.png`) });
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  };
  const paints = {};
  const at = { base, page, shoot, form, width, question, followUp, trouble, paints };
  let step = "start";
  const walk = async (name, work) => {
    step = name;
    return work();
  };
  try {
    await walk("sign in", () => arrive(at));
    const mark = await walk("upload", () => uploadFile(at));
    await walk("ask", () => askAbout(at, mark));
    if (question) await walk("ask the library", () => askLibrary(at));
    await walk("search", () => search(at, mark));
    await walk("find and delete", () => findAndDelete(at, mark));
    for (const path of screens) {
      await walk(`load ${path}`, async () => { paints[path] = await loadScreen(page, new URL(path, base).href, trouble); });
      if (form === "wide") await walk(`Tab through ${path}`, () => checkKeyboard(page, path, trouble));
    }
    await walk("me and sign out", () => leave(at));
    if (process.env.CARREL_ADMIN) await walk("administration", () => administration(at, process.env.CARREL_ADMIN));
    if (process.env.CARREL_AUDITOR) await walk("audit", () => auditing(at, process.env.CARREL_AUDITOR));
  } catch (error) {
    trouble.push(`at "${step}": ${error.message.split("\n").slice(0, 4).join(" | ")}`);
    if (shots) await page.screenshot({ path: join(shots, `${form}-failed.png`) }).catch(() => undefined);
  }
  await page.context().close();
  console.log(JSON.stringify({ form, width, ok: trouble.length === 0, first_paint_ms: paints, trouble }));
  return trouble.length === 0;
}

// An address that needs signing in is where one comes out after it.
async function arrive({ page, shoot }) {
  await page.goto(new URL("/documents?q=x", base).href);
  await page.waitForURL(/\/sign-in\?next=/);
  await page.getByLabel("User name").fill(user);
  await shoot("sign-in");
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/documents\?q=x/);
  await page.getByRole("link", { name: "Ask", exact: true }).click();
  await page.getByRole("heading", { name: "What would you like to know?" }).waitFor();
  await shoot("ask-empty");
}

// The file's words are new ones each time, so that only this file can answer. The script in
// its text must arrive as the text it is.
async function uploadFile({ page, shoot, width }) {
  const mark = `quillfeather${Date.now().toString(36)}${width}`;
  const name = `Lamp ${mark}.txt`;
  const text = `The reading lamp ${mark}\n\nThe colour of the ${mark} lamp is emerald green. `
    + `Its switch is under the shelf.\n\n<img src="https://foreign.invalid/x.png"><script>document.title="taken"</script>\n`;
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input[type=file]").first().setInputFiles([
    { name, mimeType: "text/plain", buffer: Buffer.from(text) },
    { name: "Empty file.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) },
  ]);
  await dialog.getByLabel("Collection").fill("handbook");
  await dialog.getByRole("radio", { name: "These people and groups" }).check();
  await dialog.getByRole("combobox", { name: /Add a person or group/ }).fill("nonsense");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByText("Write it as everyone").waitFor();
  await shoot("upload");
  await dialog.getByRole("radio", { name: "Only me" }).check();
  await dialog.getByRole("button", { name: "Upload", exact: true }).click();
  await page.locator(".upload", { hasText: name }).getByText("Added", { exact: true }).waitFor();
  await page.locator(".upload", { hasText: "Empty file.txt" }).getByText("Not added").waitFor();
  await page.locator(".docs").waitFor();
  await shoot("uploaded");
  return mark;
}

async function findAndDelete({ page, shoot }, mark) {
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.locator(".docs").waitFor();
  await shoot("documents");
  await page.getByLabel("Filter by title").fill(mark);
  const link = page.locator(".doc-title a", { hasText: mark });
  await page.getByText("1 document", { exact: true }).waitFor();
  await link.click();
  await page.locator(".passage").first().waitFor();
  await shoot("document");
  const download = page.getByRole("link", { name: "Download the original" });
  if (await download.count()) {
    const [file] = await Promise.all([page.waitForEvent("download"), download.click()]);
    await file.delete();
  }
  await page.getByRole("button", { name: "Who may read" }).click();
  await page.getByRole("dialog").waitFor();
  await shoot("access");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByText("Access was changed").waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await shoot("delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForURL(/\/documents$/);
  await page.getByText(`was deleted`).waitFor();
  await page.getByLabel("Filter by title").fill(mark);
  await page.getByText("No document matches this filter.").waitFor();
}

async function leave({ page, shoot, width }) {
  await page.getByRole("link", { name: "Me", exact: true }).click();
  await page.getByText("This browser").waitFor();
  await shoot("me");
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill(`journey ${width}`);
  await shoot("key");
  await page.getByRole("dialog").getByRole("button", { name: "Make the key" }).click();
  await page.locator(".secret").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: `Revoke: journey ${width}` }).click();
  await page.getByRole("button", { name: `Revoke: journey ${width}` }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Settings", exact: true }).filter({ visible: true }).first().click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  await shoot("settings");
  await page.getByRole("radio", { name: "Deutsch" }).check();
  await page.getByRole("heading", { name: "Einstellungen" }).waitFor();
  await shoot("settings-german");
  await page.getByRole("radio", { name: "English" }).check();
  await page.getByRole("link", { name: "Me", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in$/);
  await page.goto(new URL("/documents", base).href);
  await page.waitForURL(/\/sign-in\?next=/);
}
