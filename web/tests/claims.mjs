// What must hold on every screen of a journey. Each function adds a sentence to `trouble` for
// each claim that is broken; an empty list is a pass.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { settled } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shift_max = 0.01; // of the window's height times its width, as browsers count layout shifts

// Watches the page from now on: foreign requests, console errors, policy violations, exceptions.
export async function watch(page, origin) {
  const trouble = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith("blob:" + origin) && new URL(url).origin !== origin) trouble.push(`foreign request: ${url}`);
  });
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    // The browser itself logs the 401 that tells the page nobody is signed in.
    if (/status of 401/.test(message.text()) && /\/api\/v1\/me$/.test(message.location().url)) return;
    // So it does when the journey's empty file is refused outright instead of by its job.
    if (/status of 4\d\d/.test(message.text()) && /\/api\/v1\/documents\?name=Empty/.test(message.location().url)) return;
    trouble.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => trouble.push(`exception: ${error.message}`));
  await page.exposeFunction("carrelTestViolation", (text) => trouble.push(`content policy: ${text}`));
  await page.addInitScript(() => {
    window.carrelShift = 0;
    window.carrelShifted = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue;
        window.carrelShift += entry.value;
        for (const { node } of entry.sources) window.carrelShifted.push(node?.className || node?.nodeName || "text");
      }
    }).observe({ type: "layout-shift", buffered: true });
    addEventListener("securitypolicyviolation", (event) => {
      window.carrelTestViolation(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  page.on("response", async (response) => {
    if (response.request().resourceType() !== "document") return;
    const policy = response.headers()["content-security-policy"] ?? "";
    if (!policy.includes("default-src 'none'")) trouble.push(`no content policy on ${response.url()}`);
  });
  return trouble;
}

export async function checkScreen(page, where, trouble) {
  await settled(page);
  const found = await page.evaluate(() => {
    const out = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth + 1) {
      const wide = [...document.querySelectorAll("main *")].find((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
      out.push(`scrolls sideways (${root.scrollWidth} > ${root.clientWidth}, ${wide?.tagName}.${wide?.className})`);
    }
    const shown = (e) => e.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && e.getClientRects().length > 0;
    for (const e of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
      if (!shown(e) || e.closest("[aria-hidden=true]")) continue;
      const labelled = (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join("");
      const name = e.getAttribute("aria-label") || labelled || e.labels?.[0]?.textContent || e.textContent || e.title;
      const what = `${e.tagName.toLowerCase()}.${e.className}`;
      if (!name.trim()) out.push(`${what} has no name`);
      const box = e.getBoundingClientRect();
      const inline = e.tagName === "A" && getComputedStyle(e).display === "inline";
      const hiddenFile = e.classList.contains("visually-hidden") || e.classList.contains("skip");
      const choice = e.closest("label") !== null;
      if (!inline && !hiddenFile && !choice && (box.width < 24 || box.height < 24)) out.push(`${what} is smaller than 24 px`);
      if (e.tagName === "A" && new URL(e.href).origin !== location.origin) out.push(`link to ${e.href}`);
    }
    if (document.querySelectorAll("main").length !== 1) out.push("not one main area");
    if (document.querySelectorAll("h1").length !== 1) out.push("not one first heading");
    for (const e of document.querySelectorAll("[style]:not([style=\"\"])")) out.push(`style attribute on ${e.tagName}.${e.className}: ${e.getAttribute("style")}`);
    if (document.querySelectorAll("main script, main iframe, main object, main embed").length > 0) out.push("active element in main");
    if ([...document.images].some((i) => i.complete && i.naturalWidth === 0)) out.push("broken image");
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    if (new Set(ids).size !== ids.length) out.push("an id twice");
    return out;
  });
  trouble.push(...found.map((text) => `${where}: ${text}`));
  await checkAxe(page, where, trouble, {});
}

// Colours alone, in the scheme that is shown.
export async function checkContrast(page, where, trouble) {
  await settled(page);
  await checkAxe(page, where, trouble, { runOnly: { type: "rule", values: ["color-contrast"] } });
}

async function checkAxe(page, where, trouble, options) {
  // The driver's own evaluation is not held back by the content policy, which stays as it is.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const violations = await page.evaluate(async (given) => {
    const result = await window.axe.run(given);
    return result.violations.map((v) => `${v.id} (${v.impact}) at ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join("; ")}`);
  }, options);
  trouble.push(...violations.map((text) => `${where}: axe: ${text}`));
}

// Loads a screen by its address and waits until it is quiet: nothing may have jumped meanwhile.
// Gives the first paint in milliseconds.
export async function loadScreen(page, address, trouble) {
  await page.goto(address, { waitUntil: "networkidle" });
  await settled(page);
  const { shift, shifted, paint } = await page.evaluate(() => ({
    shift: window.carrelShift,
    shifted: window.carrelShifted,
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
  }));
  if (shift > shift_max) trouble.push(`${new URL(address).pathname}: the layout shifted by ${shift.toFixed(4)} (${shifted.join(", ")})`);
  return Math.round(paint);
}

// Tab alone reaches every control that is shown, each shows that it has the focus, and the last
// one is followed by the way out of the page: no trap.
export async function checkKeyboard(page, where, trouble) {
  await settled(page);
  const count = await page.evaluate(() => {
    // From the top, wherever the focus was.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getClientRects().length > 0;
    const controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((e) =>
      shown(e) && !e.disabled && e.tabIndex >= 0 && !e.closest("[inert]")
      // Of a group of radio buttons Tab reaches one; arrows reach the others.
      && (e.type !== "radio" || e.checked));
    // How a control and what frames it look; the focus has to change that.
    window.carrelLook = (e) => [e, e.parentElement, e.parentElement?.parentElement].filter(Boolean).map((one) => {
      const { outlineStyle, outlineColor, borderColor, boxShadow, backgroundColor } = getComputedStyle(one);
      return [outlineStyle, outlineColor, borderColor, boxShadow, backgroundColor].join();
    }).join(";");
    window.carrelLooks = controls.map((e) => window.carrelLook(e));
    controls.forEach((e, i) => e.setAttribute("data-walk", String(i)));
    return controls.length;
  });
  const reached = new Set();
  const bare = new Set();
  let left = false;
  for (let i = 0; i < count + 20 && !left; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (e === null || e === document.body) return null;
      const walk = e.getAttribute("data-walk");
      const marked = walk === null || window.carrelLook(e) !== window.carrelLooks[Number(walk)];
      return { walk, marked, what: `${e.tagName.toLowerCase()}.${e.className}` };
    });
    if (at === null) left = i > 0;
    else {
      if (at.walk !== null) reached.add(at.walk);
      if (!at.marked) bare.add(at.what);
    }
  }
  const missed = await page.evaluate((seen) => [...document.querySelectorAll("[data-walk]")]
    .filter((e) => !seen.includes(e.getAttribute("data-walk")))
    .map((e) => `${e.tagName.toLowerCase()}.${e.className} "${(e.getAttribute("aria-label") ?? e.textContent).trim().slice(0, 30)}"`), [...reached]);
  trouble.push(...missed.map((what) => `${where}: Tab does not reach ${what}`));
  trouble.push(...[...bare].map((what) => `${where}: ${what} does not show that it has the focus`));
  if (!left) trouble.push(`${where}: Tab does not leave the page`);
}
