// Walks through the UI like a person, in a real browser, against a running server:
//
//   node journey.mjs BASE_URL USER PASSWORD [SCREENSHOT_DIR]
//
// Signs in, uploads a text file, asks about it, asks on, rates the answer, opens the citation and
// the conversation again, searches and narrows, finds the file in the list, deletes it, makes and
// revokes a key, signs out; at three widths. Claims on the way: no request leaves the server's
// origin, no console error, no violation of the content policy, no sideways scrolling, every
// control has a name, axe finds nothing, no layout shift, text stays text. USER must hold the
// actions search, ask and upload.
//
// CARREL_QUESTION and CARREL_FOLLOW_UP add questions about the library as it is. CARREL_ADMIN and
// CARREL_AUDITOR ("name password") add the screens of those roles. CARREL_CHROMIUM names another
// browser. Exit status 0: all claims hold.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { checkScreen, loadScreen, watch } from "./claims.mjs";

const [base, user, password, shots] = process.argv.slice(2);
if (!base || !user || password === undefined) {
  console.error("usage: node journey.mjs BASE_URL USER PASSWORD [SCREENSHOT_DIR]");
  process.exit(2);
}
if (shots) mkdirSync(shots, { recursive: true });
const origin = new URL(base).origin;
const question = process.env.CARREL_QUESTION ?? "";
const followUp = process.env.CARREL_FOLLOW_UP ?? "";
const step_ms_max = 30_000;

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
  const paints = {};
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
    await walk("figures", () => figures(page, trouble, paints));
    await walk("me and sign out", () => leave(page, shoot, width));
    if (process.env.CARREL_ADMIN) await walk("administration", () => administration(page, shoot, width));
    if (process.env.CARREL_AUDITOR) await walk("audit", () => auditing(page, shoot));
  } catch (error) {
    trouble.push(`at "${step}": ${error.message.split("\n").slice(0, 4).join(" | ")}`);
    if (shots) await page.screenshot({ path: join(shots, `${width}-failed.png`) }).catch(() => undefined);
  }
  await context.close();
  console.log(JSON.stringify({ width, ok: trouble.length === 0, first_paint_ms: paints, trouble }));
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
  await page.locator(".answer-text .chip").first().focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await page.locator(".preview").getByText("emerald green").waitFor();
  await shoot("preview");
  await page.getByRole("button", { name: "Bad answer" }).click();
  await page.getByRole("button", { name: "Something is missing" }).click();
  await page.getByRole("textbox", { name: "In your own words" }).fill("Where does it stand?");
  await shoot("feedback");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Thank you, that helps.").waitFor();
  await page.locator(".answer-text .chip").first().click();
  const panel = page.locator("#panel");
  await panel.locator("mark").first().waitFor();
  await shoot("citation");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  const kept = page.url();
  if (!/\/ask\?c=\d+$/.test(kept)) throw new Error(`the conversation has no address: ${kept}`);
  await page.reload();
  await page.locator(".answer-text").getByText("emerald").waitFor();
  if ((await page.getByRole("button", { name: "Bad answer" }).getAttribute("aria-pressed")) !== "true") throw new Error("the verdict was not kept");
  await page.locator(".answer-text .chip").first().click();
  await panel.locator("mark, .passage-here").first().waitFor();
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
  if (followUp) {
    await page.getByLabel("Your question").fill(followUp);
    await page.keyboard.press("Enter");
    const turn = page.locator(".turn").last();
    await turn.getByText("Searched for:").waitFor();
    await turn.getByRole("button", { name: "Copy with sources" }).waitFor({ timeout: 60_000 });
    await shoot("follow-up");
    await turn.getByRole("button", { name: "Ask exactly as written" }).click();
    await page.locator(".turn").nth(2).getByRole("button", { name: "Ask again" }).waitFor({ timeout: 60_000 });
  }
  const next = page.locator(".turn").last().locator(".suggested");
  if (await next.count()) {
    await next.first().click();
    await page.locator(".turn").last().getByRole("button", { name: "Ask again" }).waitFor({ timeout: 60_000 });
  }
  await page.getByRole("button", { name: "Earlier conversations" }).click();
  const history = page.getByRole("dialog");
  await history.locator(".history-row").first().waitFor();
  await shoot("history");
  await history.getByRole("button", { name: /^Rename/ }).first().click();
  await history.getByLabel("Name of the conversation").fill("Renamed on a journey");
  await history.getByRole("button", { name: "Save" }).click();
  await history.getByRole("button", { name: "Delete “Renamed on a journey”" }).click();
  await page.waitForURL(/\/ask$/);
  await page.keyboard.press("Escape");
  await page.locator(".suggested").first().waitFor();
  await shoot("ask-starters");
  const scope = page.locator(".scope summary");
  await scope.click();
  await page.locator(".scope .choice input").first().check();
  await shoot("scope");
  await page.locator(".scope .choice input").first().uncheck();
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
  const narrow = page.locator(".narrow");
  if (await narrow.count()) {
    if (!(await narrow.evaluate((e) => e.open))) await narrow.locator("summary").click();
    await narrow.locator(".facet-value").first().click();
    await page.locator(".chosen .tag").waitFor();
    await page.locator(".hit").first().waitFor();
    await shoot("search-narrowed");
    await page.getByLabel("Order").selectOption("title");
    await page.getByLabel("Order").selectOption("best");
    await page.locator(".chosen button").click();
    await page.locator(".chosen").waitFor({ state: "detached" });
  }
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

// Each main screen by its address, quiet and without a jump; how soon something was to be seen.
async function figures(page, trouble, paints) {
  for (const path of ["/ask", "/search?q=leave", "/documents", "/me", "/settings"]) {
    paints[path] = Math.round(await loadScreen(page, new URL(path, base).href, trouble));
  }
}

async function leave(page, shoot, width) {
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

async function signInAs(page, nameAndPassword) {
  const [name, ...rest] = nameAndPassword.split(" ");
  await page.goto(new URL("/sign-in", base).href);
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("Password").fill(rest.join(" "));
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

async function signOut(page) {
  await page.goto(new URL("/me", base).href);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in$/);
}

// Somebody new in a group of their own, then shut out.
async function administration(page, shoot, width) {
  await signInAs(page, process.env.CARREL_ADMIN);
  await page.goto(new URL("/people", base).href);
  await page.locator(".people-table").waitFor();
  await shoot("people");
  const name = `journey${width}`;
  await page.getByRole("button", { name: "Add somebody" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Password").fill("a long enough password");
  await shoot("person-new");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: "New group" }).click();
  await dialog.getByLabel("Name", { exact: true }).fill(`group${width}`);
  await dialog.getByRole("button", { name: "Make the group" }).click();
  await page.getByText(`group${width}`, { exact: true }).waitFor();
  await page.getByRole("button", { name: `Change ${name}`, exact: true }).click();
  await dialog.getByRole("checkbox", { name: `group${width}`, exact: true }).check();
  await page.getByText("Changed. It is in force now.").first().waitFor();
  await shoot("person");
  await dialog.getByRole("checkbox", { name: /^Shut out/ }).check();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.locator("tr", { hasText: name }).getByText("shut out").waitFor();
  await page.goto(new URL("/feedback", base).href);
  await page.getByText("Where does it stand?").first().waitFor();
  await shoot("feedback-list");
  await page.goto(new URL("/settings", base).href);
  await page.getByText("conversations.days_kept").waitFor();
  await shoot("settings-server");
  await signOut(page);
}

async function auditing(page, shoot) {
  await signInAs(page, process.env.CARREL_AUDITOR);
  await page.waitForURL(/\/audit$/);
  await page.locator(".audit-row").first().waitFor();
  await page.getByRole("button", { name: "Verify the record" }).click();
  await page.getByText("none changed, removed or reordered").waitFor({ timeout: 60_000 });
  await page.getByLabel("What").selectOption("ask");
  await page.locator(".audit-row", { hasText: "Asked" }).first().waitFor();
  await page.getByRole("checkbox", { name: /words of questions/ }).check();
  await page.locator(".audit-row summary").first().click();
  await shoot("audit");
  await signOut(page);
}
