// The HTML report in Chromium, at the width of a desk and of a phone: it needs nothing but itself, and nothing in it runs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { DESKTOP, launch, PHONE } from "../browser/pages.mjs";
import { bench, limit, Official, scratch } from "./bench.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Opens a report; resolves to what a reader would see, and what they should not. */
async function read(path, viewport, colorScheme = "light") {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  const faults = [], requests = [];
  page.on("console", (m) => faults.push(m.text())).on("pageerror", (e) => faults.push(String(e)));
  page.on("request", (r) => requests.push(r.url()));
  await page.goto(`file://${path}`);
  const seen = await page.evaluate(() => ({
    title: document.title,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    text: document.body.innerText,
    figures: [...document.querySelectorAll("figure strong")].map((e) => e.textContent),
    // What stands outside of its drawing, or nowhere.
    strays: [...document.querySelectorAll("svg text, svg polyline, svg circle")].filter((e) => {
      const a = e.getBoundingClientRect(), b = e.closest("svg").getBoundingClientRect();
      return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
    }).map((e) => e.outerHTML.slice(0, 100)),
    broken: [...document.querySelectorAll("polyline")].filter((e) => /NaN|inf/.test(e.getAttribute("points"))).length,
    scripts: document.scripts.length,
  }));
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${scratch("page").split("/").pop()}-${viewport.width}-${colorScheme}.png`, fullPage: true });
  await context.close();
  return { ...seen, faults, requests };
}

function sound(seen, path) {
  assert.deepEqual(seen.faults, []);
  assert.deepEqual(seen.requests, [`file://${path}`], "it loads nothing");
  assert.equal(seen.scripts, 0);
  assert.equal(seen.broken, 0);
  assert.ok(seen.wide <= 0, `wider than the screen by ${seen.wide}`);
  assert.deepEqual(seen.strays, []);
}

for (const [what, args, figures] of [
  ["echo", ["echo", "-c", 10, "--rate", 400, "--seconds", 1], ["Messages a second", "Latency over time", "Latency by percentile"]],
  ["cast", ["cast", "-c", 30, "--rate", 50, "--seconds", 1], ["Messages a second", "Latency over time", "Latency by percentile"]],
  ["storm", ["storm", "-c", 20, "--rounds", 2, "--back", "at-once"], ["Latency by percentile"]],
  ["idle", ["idle", "-c", 20, "--seconds", 1, "--casts", 2, "--kill", 50, "--settle", "0.5"], ["Latency by percentile"]]]) {
  test(`the report of ${what}`, limit, async () => {
    const path = scratch(`${what}.html`);
    const r = await bench(...args, "--html", path);
    assert.equal(r.code, 0, r.out + r.err);
    for (const [viewport, scheme] of [[DESKTOP, "light"], [PHONE, "dark"]]) {
      const seen = await read(path, viewport, scheme);
      sound(seen, path);
      assert.equal(seen.title, `${what} against ${r.report.target.url}`);
      for (const f of figures) assert.ok(seen.figures.includes(f), `${f} is missing in ${seen.figures}`);
      if (what === "echo") assert.match(seen.text, /latency p99/);
    }
  });
}

test("the report of a ramp has its steps, the bound and the runs", limit, async () => {
  const path = scratch("ramp.html");
  const r = await bench("echo", "-c", 10, "--ramp", "rate", "--ramp-from", 100, "--ramp-to", 800, "--ramp-factor", 2, "--bound", 2000, "--seconds", "0.5", "--html", path);
  assert.equal(r.code, 0, r.out + r.err);
  const seen = await read(path, DESKTOP);
  sound(seen, path);
  sound(await read(path, PHONE), path);
  assert.ok(seen.figures.includes("Latency against load") && seen.figures.includes("Achieved against offered"));
  assert.match(seen.text, /no step broke/);
  assert.equal(r.report.ramp.steps.length, 4);
  assert.ok(r.report.runs.length >= 4, "a step that broke is tried once more");
});

test("what a server says stays text in the page", limit, async () => {
  const served = await Official.start();
  served.io.use((_, next) => next(new Error("<img src=x onerror=alert(1)><script>alert(2)</script>")));
  const path = scratch("words.html");
  const r = await bench("echo", served.url, "-c", 2, "--html", path);
  await served.stop();
  assert.equal(r.code, 1);
  const seen = await read(path, DESKTOP);
  sound(seen, path);
  assert.match(seen.text, /onerror=alert/);
  assert.doesNotMatch(readFileSync(path, "utf8"), /<img|<script/);
});
