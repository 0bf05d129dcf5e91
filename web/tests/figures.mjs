// How soon the main screens are there, as a browser sees it: prints a Markdown table.
//
//   node figures.mjs BASE_URL USER PASSWORD [LOADS]
//
// CARREL_ADMIN and CARREL_AUDITOR ("name password") add their screens; USER gives an answer a good
// mark first, so that there is feedback to show. Each screen is loaded LOADS times (5 if absent) by a browser that knows the session and has
// nothing cached. Of the loads the table has the median and, in brackets, the worst: first and
// largest contentful paint in milliseconds, the sum of all layout shifts that no input caused,
// requests, and kilobytes of script and styles as they were sent. CARREL_CHROMIUM names another
// browser. Exit status 1: something jumped, or the script has more than 150 kB.

import { launch, openPage, settled, signIn, widths } from "./browser.mjs";
import { watch } from "./claims.mjs";

const [base, user, password, loads = "5"] = process.argv.slice(2);
if (!base || !user || password === undefined) {
  console.error("usage: node figures.mjs BASE_URL USER PASSWORD [LOADS]");
  process.exit(2);
}
const people = [{ who: `${user} ${password}`, screens: ["/ask", "/search?q=leave", "/documents", "/documents/1", "/me", "/settings"] }];
if (process.env.CARREL_ADMIN) people.push({ who: process.env.CARREL_ADMIN, screens: ["/people", "/feedback"] });
if (process.env.CARREL_AUDITOR) people.push({ who: process.env.CARREL_AUDITOR, screens: ["/audit"] });
const script_bytes_max = 150_000;
const browser = await launch();
let held = true;

async function loadOnce(form, path, state) {
  const page = await openPage(browser, widths[form], state === null ? {} : { storageState: state });
  await watch(page, new URL(base).origin);
  await page.addInitScript(() => {
    window.carrelLargest = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.carrelLargest = entry.startTime; })
      .observe({ type: "largest-contentful-paint", buffered: true });
  });
  await page.goto(new URL(path, base).href, { waitUntil: "networkidle" });
  await settled(page);
  const found = await page.evaluate(() => {
    const resources = performance.getEntriesByType("resource");
    const bytes = (ending) => resources.find((r) => r.name.endsWith(ending))?.encodedBodySize ?? 0;
    return {
      first: performance.getEntriesByName("first-contentful-paint")[0].startTime, largest: window.carrelLargest,
      shift: window.carrelShift, requests: resources.length + 1, script: bytes("/app.js"), styles: bytes("/app.css"),
    };
  });
  await page.context().close();
  return found;
}

const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const spread = (list, round) => {
  const ordered = [...list].sort((a, b) => a - b);
  return `${round(ordered[ordered.length >> 1])} (${round(ordered[ordered.length - 1])})`;
};

async function measure(path, state) {
  for (const form of Object.keys(widths)) {
    const all = [];
    for (let i = 0; i < Number(loads); i++) all.push(await loadOnce(form, path, state));
    const worst = Math.max(...all.map((one) => one.shift));
    held &&= worst === 0 && all.every((one) => one.script > 0 && one.script < script_bytes_max);
    row(`\`${path}\``, widths[form], spread(all.map((one) => one.first), Math.round),
      spread(all.map((one) => one.largest), Math.round), worst.toFixed(3), all[0].requests,
      (all[0].script / 1000).toFixed(1), (all[0].styles / 1000).toFixed(1));
  }
}

async function markAnAnswer(page) {
  await page.getByLabel("Your question").fill("How many days of annual leave do I have?");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Good answer" }).click();
  await page.locator('[aria-pressed="true"]').waitFor();
}

try {
  row("screen", "width", "first paint, ms", "largest paint, ms", "layout shift", "requests", "script, kB", "styles, kB");
  row(..."--------".split("").map((dash) => dash.repeat(3)));
  await measure("/sign-in", null);
  for (const { who, screens } of people) {
    const page = await openPage(browser, widths.wide);
    const [name, ...rest] = who.split(" ");
    await signIn(page, base, name, rest.join(" "));
    if (who === people[0].who && process.env.CARREL_ADMIN) await markAnAnswer(page);
    const state = await page.context().storageState();
    await page.context().close();
    for (const path of screens) await measure(path, state);
  }
} finally {
  await browser.close();
}
process.exit(held ? 0 : 1);
