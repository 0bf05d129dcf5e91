// The walks through Ask and Search: questions about a file that was just uploaded and about the
// library as it is, the citations' previews and panel, feedback, conversations that are opened
// again, narrowing and the keyboard.

export async function askAbout({ page, shoot }, mark) {
  await page.getByRole("link", { name: "Ask", exact: true }).click();
  await page.getByLabel("Your question").fill(`What is the colour of the ${mark} lamp?`);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copy with sources" }).waitFor();
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
  await page.getByText("Nothing you may read answers this.").waitFor();
  await shoot("abstained");
}

export async function askLibrary({ page, shoot, question, followUp }) {
  await page.getByRole("button", { name: "New conversation" }).click();
  await page.getByLabel("Your question").fill(question);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copy with sources" }).waitFor();
  await shoot("library-answer");
  await page.locator(".answer-text .chip").first().click();
  await page.locator("#panel").locator("mark, .page-image").first().waitFor();
  await shoot("library-citation");
  await page.keyboard.press("Escape");
  if (followUp) {
    await page.getByLabel("Your question").fill(followUp);
    await page.keyboard.press("Enter");
    const turn = page.locator(".turn").last();
    await turn.getByText("Searched for:").waitFor();
    await turn.getByRole("button", { name: "Copy with sources" }).waitFor();
    await shoot("follow-up");
    await turn.getByRole("button", { name: "Ask exactly as written" }).click();
    await page.locator(".turn").nth(2).getByRole("button", { name: "Ask again" }).waitFor();
  }
  const next = page.locator(".turn").last().locator(".suggested");
  if (await next.count()) {
    await next.first().click();
    await page.locator(".turn").last().getByRole("button", { name: "Ask again" }).waitFor();
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

export async function search({ page, shoot, question }, mark) {
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
