// The browser that all walks drive, and the two waits they share. Every wait is for what a person
// would wait for; `step_ms_max` only says when to give up, and is as long as a slow machine needs.

import { chromium } from "playwright-core";

export const step_ms_max = 90_000;

export const widths = { phone: 390, tablet: 820, wide: 1440 }; // CSS pixels

export function launch() {
  return chromium.launch({
    executablePath: process.env.CARREL_CHROMIUM ?? "/usr/bin/chromium",
    timeout: step_ms_max,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
}

// A new person's browser: no cookie, nothing remembered.
export async function openPage(browser, width, options = {}) {
  const isPhone = width < 700;
  const context = await browser.newContext({
    viewport: { width, height: isPhone ? 844 : 900 }, locale: "en-GB", hasTouch: isPhone, reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(step_ms_max);
  page.setDefaultNavigationTimeout(step_ms_max);
  return page;
}

export async function signIn(page, base, name, password) {
  await page.goto(new URL("/sign-in", base).href);
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

// Nothing is being fetched, drawn or moved any more: what stands there stays. The page looks by
// itself, frame by frame: the driver's own way of waiting is refused by the content policy.
export async function settled(page) {
  await page.evaluate((ms_max) => new Promise((done, fail) => {
    const begin = performance.now();
    const busy = () => document.querySelector(".waiting, .is-turning") !== null
      || [...document.images].some((image) => !image.complete)
      || document.getAnimations().some((a) => a.playState === "running" && a.effect?.getTiming().iterations !== Infinity);
    let quiet = 0; // frames
    const look = () => {
      quiet = busy() ? 0 : quiet + 1;
      if (quiet > 2) done();
      else if (performance.now() - begin > ms_max) fail(new Error("the screen does not come to rest"));
      else requestAnimationFrame(look);
    };
    look();
  }), step_ms_max);
}
