// The states a journey against a real server cannot bring about at will: refusals, failures,
// stopping, an ended session. Runs against the development server of this folder, so it tells
// about the UI only:  node states.mjs OUTDIR [SCREENSHOT_DIR]

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, openPage } from "./browser.mjs";
import { checkScreen, watch } from "./claims.mjs";

const [outdir, shots] = process.argv.slice(2);
if (shots) mkdirSync(shots, { recursive: true });
const port = 8100 + (process.pid % 800);
const base = `http://127.0.0.1:${port}`;
const server = spawn(process.execPath, [fileURLToPath(new URL("fake_server.mjs", import.meta.url)), outdir, String(port)]);
await once(server.stdout, "data");
const browser = await launch();
let failed = 0;

async function state(name, work, { width = 1280, signedIn = true, permissions = [] } = {}) {
  const page = await openPage(browser, width, { permissions });
  const context = page.context();
  const trouble = await watch(page, base);
  const shoot = async (suffix = "") => {
    await checkScreen(page, name + suffix, trouble);
    if (shots) await page.screenshot({ path: join(shots, `state-${name.replace(/\W+/g, "-")}${suffix}.png`) });
  };
  try {
    await page.goto(base + "/sign-in");
    if (signedIn) {
      await page.getByLabel("User name").fill("ana");
      await page.getByLabel("Password").fill("pw");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/ask$/);
    }
    await work(page, shoot, context);
  } catch (error) {
    trouble.push(String(error.stack).split("\n").slice(0, 5).join(" | "));
    await shoot("-failed").catch(() => undefined);
  }
  // Each of these states is a refusal of the server, which the browser logs by itself.
  const left = trouble.filter((text) => !/^console: Failed to load resource.*(401|404|500|503|ERR_)/.test(text));
  if (left.length > 0) failed++;
  console.log(left.length === 0 ? "ok    " : "FAILED", name, ...left);
  await context.close();
}

const ask = async (page, question) => {
  await page.getByLabel("Your question").fill(question);
  await page.keyboard.press("Enter");
};

await state("a wrong password is refused without saying which was wrong", async (page, shoot) => {
  await page.getByLabel("User name").fill("ana");
  await page.keyboard.press("Enter");
  await page.getByText("Please fill in both fields.").waitFor();
  await page.getByLabel("Password").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("User name or password is not right.").waitFor();
  await shoot();
}, { signedIn: false });

await state("an answer can be stopped", async (page, shoot) => {
  await ask(page, "Who approves business trips abroad? Never come to the end.");
  await page.locator(".sentence").first().waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("You stopped this answer.").waitFor();
  await shoot();
  await page.getByRole("button", { name: "Ask again" }).click();
  await page.locator(".turn").nth(1).locator(".sentence").first().waitFor();
});

await state("a failure is told and can be tried again", async (page, shoot) => {
  await ask(page, "Are you a teapot?");
  await page.getByText("The answer engine cannot serve now").waitFor();
  await shoot();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("The answer engine cannot serve now").waitFor();
  assert.equal(await page.locator(".turn").count(), 1);
});

await state("the conversation is there after a look elsewhere, and gone after signing out", async (page) => {
  await ask(page, "When has parental leave to be announced?");
  await page.getByRole("link", { name: "Search", exact: true }).click();
  await page.getByRole("link", { name: "Ask", exact: true }).click();
  await page.getByRole("button", { name: "Copy with sources" }).waitFor();
  await page.getByRole("link", { name: "Me", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("User name").fill("ana");
  await page.getByLabel("Password").fill("pw");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What would you like to know?" }).waitFor();
});

await state("what cannot be shown of a kept answer is said, and can be asked again", async (page, shoot) => {
  await page.getByRole("button", { name: "Earlier conversations" }).click();
  await page.getByRole("dialog").getByRole("link", { name: /Who approves/ }).click();
  await page.getByText("This answer cannot be shown now").waitFor();
  assert.match(page.url(), /c=7$/);
  await shoot();
  await page.getByRole("button", { name: "Ask again" }).last().click();
  await page.locator(".turn").nth(2).waitFor();
});

await state("what was searched for is shown, and can be asked as it was written", async (page, shoot) => {
  await ask(page, "Who approves business trips abroad?");
  await page.getByRole("button", { name: "Copy with sources" }).waitFor();
  await ask(page, "And parental leave?");
  await page.getByText("Searched for:").waitFor();
  await shoot();
  await page.getByRole("button", { name: "Ask exactly as written" }).click();
  assert.equal(await page.locator(".turn").count(), 3);
});

await state("a chip tells its source to pointer and keyboard alike", async (page, shoot) => {
  await ask(page, "Who approves business trips abroad?");
  await page.getByRole("button", { name: "Copy with sources" }).waitFor();
  const chip = page.locator(".answer-text .chip").first();
  await chip.hover();
  await page.getByRole("tooltip").getByText("Travel policy 2026").waitFor();
  await shoot();
  await page.mouse.move(0, 0);
  await page.getByRole("tooltip").waitFor({ state: "hidden" });
  await page.keyboard.press("Shift+Tab");
  for (let i = 0; i < 30 && !(await chip.evaluate((e) => e === document.activeElement)); i++) await page.keyboard.press("Shift+Tab");
  await page.getByRole("tooltip").getByText("Travel policy 2026").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("tooltip").waitFor({ state: "hidden" });
});

await state("copying puts the answer and its sources on the clipboard", async (page) => {
  await ask(page, "Who approves business trips abroad?");
  await page.getByRole("button", { name: "Copy with sources" }).click();
  await page.getByText("Copied").waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /Business trips abroad are approved .* \[1\]/);
  assert.match(text, /\n\[1\] Travel policy 2026, Page 3, 3 Approval/);
}, { permissions: ["clipboard-read", "clipboard-write"] });

await state("an ended session leads to sign-in and back", async (page, shoot, context) => {
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.locator(".docs").waitFor();
  await context.clearCookies();
  await page.getByLabel("Filter by title").fill("lamp");
  await page.waitForURL(/sign-in\?next=/);
  await page.getByLabel("User name").fill("ana");
  await page.getByLabel("Password").fill("pw");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/documents\?q=lamp/);
  assert.equal(await page.getByLabel("Filter by title").inputValue(), "lamp");
});

await state("a document that is not there, or not readable, is one and the same", async (page, shoot) => {
  await page.goto(base + "/documents/nothing");
  await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await shoot();
});

await state("pages turn, and the address follows", async (page, shoot) => {
  await page.goto(base + "/documents/d2?page=3&chunk=d2c0");
  await page.getByText("Page 3 of 32").waitFor();
  await page.locator(".is-cited").waitFor();
  await shoot();
  await page.getByRole("button", { name: "Next page" }).click();
  await page.getByText("Page 4 of 32").waitFor();
  await page.getByText("No text was found here.").waitFor();
  assert.match(page.url(), /page=4$/);
  await page.getByRole("button", { name: "Larger" }).click();
  await shoot("-large");
});

await state("results are walked with the keyboard alone", async (page, shoot) => {
  await page.goto(base + "/search?q=lamp%20cleaned");
  await page.locator(".hit").nth(3).waitFor();
  await page.locator("h1").click();
  for (const key of ["j", "j", "j", "k"]) await page.keyboard.press(key);
  assert.equal(await page.evaluate(() => [...document.querySelectorAll(".hit-link")].indexOf(document.activeElement)), 1);
  await page.keyboard.press("Enter");
  await page.getByText("Page 3 of").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => [...document.querySelectorAll(".hit-link")].indexOf(document.activeElement)), 1);
  await page.keyboard.press("/");
  await page.keyboard.type("j/k");
  assert.equal(await page.getByRole("searchbox").inputValue(), "j/k");
  await page.goBack();
  await page.waitForURL(/\/ask$/);
}, { width: 1100 });

await state("more documents are shown on demand", async (page) => {
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.getByRole("button", { name: "Show more" }).click();
  await page.getByText("16 documents", { exact: true }).waitFor();
  assert.equal(await page.locator(".doc-title").count(), 16);
});

await state("dropped files open the upload dialog", async (page, shoot) => {
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.locator(".docs").waitFor();
  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["one"], "one.txt"));
    transfer.items.add(new File(["two"], "two.txt"));
    return transfer;
  });
  await page.dispatchEvent("main", "dragover", { dataTransfer: data });
  await page.getByText("Drop files or folders to upload them").waitFor();
  await shoot("-veil");
  await page.dispatchEvent("main", "drop", { dataTransfer: data });
  await page.getByText("2 files, 6 bytes").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Upload" }).click();
  await page.locator("progress").first().waitFor();
  await shoot();
  await page.locator(".upload", { hasText: "two.txt" }).getByText("Added", { exact: true }).waitFor();
});

await state("the theme button changes and keeps the theme", async (page) => {
  await page.getByRole("button", { name: "Switch to dark" }).click();
  await page.reload();
  await page.getByRole("button", { name: "Switch to light" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
});

await state("on a phone the open panel keeps the focus", async (page) => {
  await page.goto(base + "/search?q=lamp%20cleaned");
  await page.locator(".hit-link").first().click();
  await page.getByText("Page 3 of").waitFor();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("#panel") !== null));
  }
}, { width: 390 });

await state("every screen fits 320 px in the longer language", async (page, shoot) => {
  await page.evaluate(() => localStorage.setItem("carrel.locale", "de"));
  for (const path of ["/ask", "/search?q=lamp", "/documents", "/documents/d2?page=3&chunk=d2c0", "/documents/d3", "/me", "/settings", "/people", "/feedback", "/audit", "/ask?c=7", "/nowhere"]) {
    await page.goto(base + path);
    await page.locator("h1").first().waitFor();
    await shoot(path.replace(/\W+/g, "-"));
  }
  await page.goto(base + "/documents/d2");
  await page.getByRole("button", { name: "Wer darf lesen" }).click();
  await shoot("-access");
}, { width: 320 });

await state("a file that could not be read gives way to another", async (page, shoot) => {
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await page.getByRole("dialog").locator("input[type=file]").first().setInputFiles([{ name: "bad.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) }]);
  await page.getByRole("dialog").getByRole("button", { name: "Upload" }).click();
  await page.locator(".upload").getByText("Not added").waitFor();
  await shoot();
  await page.locator(".upload input[type=file]").setInputFiles([{ name: "good.txt", mimeType: "text/plain", buffer: Buffer.from("good") }]);
  await page.locator(".upload", { hasText: "good.txt" }).getByText("Added", { exact: true }).waitFor();
});

await state("a file that could not be sent can be sent again", async (page) => {
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.route("**/api/v1/documents?name=*", (route) => route.abort());
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await page.getByRole("dialog").locator("input[type=file]").first().setInputFiles([{ name: "late.txt", mimeType: "text/plain", buffer: Buffer.from("late") }]);
  await page.getByRole("dialog").getByRole("button", { name: "Upload" }).click();
  await page.getByText("The file could not be sent").waitFor();
  await page.unroute("**/api/v1/documents?name=*");
  await page.locator(".upload").getByRole("button", { name: "Try again" }).click();
  await page.locator(".upload", { hasText: "late.txt" }).getByText("Added", { exact: true }).waitFor();
});

await state("a file that finds the server busy waits its turn and is sent again", async (page) => {
  await page.getByRole("link", { name: "Documents", exact: true }).click();
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await page.getByRole("dialog").locator("input[type=file]").first().setInputFiles([{ name: "busy.txt", mimeType: "text/plain", buffer: Buffer.from("patient") }]);
  await page.getByRole("dialog").getByRole("button", { name: "Upload" }).click();
  await page.locator(".upload", { hasText: "busy.txt" }).getByText("Added", { exact: true }).waitFor();
});

await browser.close();
server.kill();
process.exit(failed === 0 ? 0 : 1);
