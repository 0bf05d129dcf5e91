// The walks of an administrator and of an auditor, each signed in with "name password".

import { signIn } from "./browser.mjs";
import { checkKeyboard, loadScreen } from "./claims.mjs";

async function signInAs(page, base, nameAndPassword) {
  const [name, ...rest] = nameAndPassword.split(" ");
  await signIn(page, base, name, rest.join(" "));
}

async function signOut(page, base) {
  await page.goto(new URL("/me", base).href);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in$/);
}

// Somebody new in a group of their own, then shut out.
export async function administration({ base, page, shoot, form, width, trouble, paints }, who) {
  await signInAs(page, base, who);
  paints["/people"] = await loadScreen(page, new URL("/people", base).href, trouble);
  await page.locator(".people-table").waitFor();
  await shoot("people");
  if (form === "wide") await checkKeyboard(page, "/people", trouble);
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
  await dialog.getByText("Changed. It is in force now.").first().waitFor(); // not behind the dialog
  await shoot("person");
  await dialog.getByRole("checkbox", { name: /^Shut out/ }).check();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.locator("tr", { hasText: name }).getByText("shut out").waitFor();
  paints["/feedback"] = await loadScreen(page, new URL("/feedback", base).href, trouble);
  await page.getByText("Where does it stand?").first().waitFor();
  await shoot("feedback-list");
  if (form === "wide") await checkKeyboard(page, "/feedback", trouble);
  await page.goto(new URL("/settings", base).href);
  await page.getByText("conversations.days_kept").waitFor();
  await shoot("settings-server");
  await signOut(page, base);
}

export async function auditing({ base, page, shoot, form, trouble, paints }, who) {
  await signInAs(page, base, who);
  await page.waitForURL(/\/audit$/);
  paints["/audit"] = await loadScreen(page, new URL("/audit", base).href, trouble);
  await page.locator(".audit-row").first().waitFor();
  await page.getByRole("button", { name: "Verify the record" }).click();
  await page.getByText("none changed, removed or reordered").waitFor();
  await page.getByLabel("What").selectOption("ask");
  await page.locator(".audit-row", { hasText: "Asked" }).first().waitFor();
  await page.getByRole("checkbox", { name: /words of questions/ }).check();
  await page.locator(".audit-row summary").first().click();
  await shoot("audit");
  if (form === "wide") await checkKeyboard(page, "/audit", trouble);
  await signOut(page, base);
}
