// Walks through the UI like a person, in a real browser, against a running server:
//
//   node journey.mjs BASE_URL USER PASSWORD [SCREENSHOT_DIR]
//
// Signs in, uploads a text file, asks about it, opens the citation, searches, opens a result,
// finds the file in the list, deletes it, signs out; at three widths. Claims on the way: no
// request leaves the server's origin, no console error, no violation of the content policy, no
// sideways scrolling, every control has a name, text stays text. USER must hold the actions
// search, ask and upload. CARREL_QUESTION adds a question about the library as it is;
// CARREL_CHROMIUM names another browser. Exit status 0: all claims hold.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { checkScreen, watch } from "./claims.mjs";

const [base, user, password, shots] = process.argv.slice(2);
if (!base || !user || password === undefined) {
  console.error("usage: node journey.mjs BASE_URL USER PASSWORD [SCREENSHOT_DIR]");
  process.exit(2);
}
if (shots) mkdirSync(shots, { recursive: true });
const origin = new URL(base).origin;
const question = process.env.CARREL_QUESTION ?? "";
const step_ms_max = 20_000;

const browser = await chromium.launch({
  executablePath: process.env.CARREL_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});

let failures = 0;
try {
  for (const width of [390, 1024, 1600]) failures += (await journey(width)) ? 0 : 1;
} finally {
  await browser.close();
}
process.exit(failures === 0 ? 0 : 1);

async function journey(width) {
  const context = await browser.newContext({
    viewport: { width, height: width < 700 ? 844 : 900 }, locale: "en-GB", hasTouch: width < 700, reducedMotion: "reduce",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(step_ms_max);
  const trouble = await watch(page, origin);
  const shoot = async (name) => {
    await checkScreen(page, `${width} ${name}`, trouble);
    if (!shots) return;
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.waitForTimeout(80);
      await page.screenshot({ path: join(shots, `${width}-${name}-${scheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  };
  let step = "start";
  const walk = async (name, work) => {
    step = name;
    await work();
  };
  try {
    await walk("sign in", () => signIn(page, shoot));
    const file = await uploadFile(page, shoot, width, (name, work) => walk(name, work));
    await walk("ask", () => askAbout(page, shoot, file));
    if (question) await walk("ask the library", () => askLibrary(page, shoot));
    await walk("search", () => search(page, shoot, file));
    await walk("find and delete", () => findAndDelete(page, shoot, file));
    await walk("me and sign out", () => leave(page, shoot));
  } catch (error) {
    trouble.push(`at "${step}": ${error.message.split("\n").slice(0, 4).join(" | ")}`);
    if (shots) await page.screenshot({ path: join(shots, `${width}-failed.png`) }).catch(() => undefined);
  }
  await context.close();
  console.log(JSON.stringify({ width, ok: trouble.length === 0, trouble }));
  return trouble.length === 0;
}

async function signIn(page, shoot) {
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
async function uploadFile(page, shoot, width, walk) {
  const mark = `quillfeather${Date.now().toString(36)}${width}`;
  const name = `Lamp ${mark}.txt`;
  const text = `The reading lamp ${mark}\n\nThe colour of the ${mark} lamp is emerald green. `
    + `Its switch is under the shelf.\n\n<img src="https://foreign.invalid/x.png"><script>document.title="taken"</script>\n`;
  await walk("upload", async () => {
    await page.getByRole("link", { name: "Documents", exact: true }).click();
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator("input[type=file]").setInputFiles([
      { name, mimeType: "text/plain", buffer: Buffer.from(text) },
      { name: "Empty file.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) },
    ]);
    await dialog.getByLabel("Collection").fill("journey");
    await dialog.getByRole("radio", { name: "These people and groups" }).check();
    await dialog.getByRole("combobox", { name: /Add a person or group/ }).fill("nonsense");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await dialog.getByText("Write it as everyone").waitFor();
    await shoot("upload");
    await dialog.getByRole("radio", { name: "Only me" }).check();
    await dialog.getByRole("button", { name: "Upload", exact: true }).click();
    await page.locator(".upload", { hasText: name }).getByText("Added", { exact: true }).waitFor({ timeout: 60_000 });
    await page.locator(".upload", { hasText: "Empty file.txt" }).getByText("Not added").waitFor();
    await page.locator(".docs").waitFor();
    await shoot("uploaded");
  });
  return { mark };
}

async function askAbout(page, shoot, { mark }) {
  await page.getByRole("link", { name: "Ask", exact: true }).click();
  await page.getByLabel("Your question").fill(`What is the colour of the ${mark} lamp?`);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copy with sources" }).waitFor({ timeout: 60_000 });
  const answer = await page.locator(".answer-text").first().innerText();
  if (!answer.includes("emerald")) throw new Error(`the answer does not tell: ${answer}`);
  await shoot("answer");
  await page.locator(".answer-text .chip").first().click();
  const panel = page.locator("#panel");
  await panel.locator("mark").first().waitFor();
  await shoot("citation");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  const focused = await page.evaluate(() => document.activeElement?.className);
  if (focused !== "chip") throw new Error("the focus did not return to the chip");
  await page.getByLabel("Your question").fill("Zxqv wvutsr qponml?");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing you may read answers this.").waitFor({ timeout: 60_000 });
  await shoot("abstained");
}

async function askLibrary(page, shoot) {
  await page.getByRole("button", { name: "New conversation" }).click();
  await page.getByLabel("Your question").fill(question);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copy with sources" }).waitFor({ timeout: 60_000 });
  await shoot("library-answer");
  await page.locator(".answer-text .chip").first().click();
  await page.locator("#panel").locator("mark, .page-image").first().waitFor();
  await page.waitForTimeout(1500);
  await shoot("library-citation");
  await page.keyboard.press("Escape");
}

async function search(page, shoot, { mark }) {
  await page.getByRole("link", { name: "Search", exact: true }).click();
  await page.getByRole("heading", { name: "Search the library" }).waitFor();
  await shoot("search-empty");
  await page.locator("h1").click();
  await page.keyboard.press("/");
  await page.keyboard.type(question || `${mark} lamp switch`);
  await page.keyboard.press("Enter");
  await page.locator(".hit").first().waitFor();
  await shoot("search");
  await page.getByRole("searchbox").fill(`${mark} lamp switch`);
  await page.keyboard.press("Enter");
  await page.locator(".hit", { hasText: mark }).first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("#panel").getByText("emerald green").first().waitFor();
  await shoot("search-panel");
  await page.keyboard.press("Escape");
  if (!page.url().includes("/search?q=")) throw new Error("the query is not in the address");
  await page.reload();
  await page.locator(".hit", { hasText: mark }).first().waitFor();
  if ((await page.title()) === "taken") throw new Error("a document's text was run");
}

async function findAndDelete(page, shoot, { mark }) {
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

async function leave(page, shoot) {
  await page.getByRole("link", { name: "Me", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await shoot("me");
  await page.getByRole("radio", { name: "Deutsch" }).check();
  await page.getByRole("button", { name: "Abmelden" }).waitFor();
  await shoot("me-german");
  await page.getByRole("radio", { name: "English" }).check();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in$/);
  await page.goto(new URL("/documents", base).href);
  await page.waitForURL(/\/sign-in\?next=/);
}
