// Chromium and the chat page in it: how the tests look at the page and what they do on it.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--no-proxy-server"];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 640 };

export const launch = () => chromium.launch({ executablePath, headless: true, args });

/** Runs in the page before anything else: remembers what must not happen, and each state of the line. */
function watch() {
  globalThis.violations = [];
  globalThis.line_states = [];
  document.addEventListener("securitypolicyviolation", (e) => globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  document.addEventListener("DOMContentLoaded", () => {
    const line = document.getElementById("line");
    const note = () => globalThis.line_states.push(line.dataset.state);
    note();
    new MutationObserver(note).observe(line, { attributes: true, attributeFilter: ["data-state"] });
  });
}

/** One visitor: a context of its own, so a name, a key and a viewport of their own. */
export class Visitor {
  static async open(browser, url, { viewport = DESKTOP, colorScheme = "light", key } = {}) {
    const v = new Visitor();
    v.context = await browser.newContext({ viewport, colorScheme });
    await v.context.addInitScript(watch);
    if (key) await v.context.addInitScript((k) => sessionStorage.setItem("jackfield.key", k), key);
    v.page = await v.context.newPage();
    v.page.setDefaultTimeout(20_000);
    v.errors = [];
    v.page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") v.errors.push(m.text()); });
    v.page.on("pageerror", (e) => v.errors.push(String(e)));
    /** The transport of each Engine.IO request and WebSocket, in the order they were begun. */
    v.transports = [];
    const asks = (address) => {
      const { pathname, searchParams } = new URL(address);
      if (pathname === "/socket.io/") v.transports.push(searchParams.get("transport"));
    };
    v.page.on("request", (r) => asks(r.url()));
    v.page.on("websocket", (ws) => asks(ws.url()));
    await v.page.goto(url);
    return v;
  }

  async knock(name) {
    await this.page.fill("#name", name);
    await this.page.press("#name", "Enter");
  }

  /** Through the door, and on WebSocket. */
  async enter(name) {
    await this.knock(name);
    await this.line("websocket");
    await this.title("#lobby");
    return this;
  }

  line(state) {
    return this.page.waitForFunction((s) => document.getElementById("line").dataset.state === s && document.getElementById("board").hidden === false, state);
  }

  title(text) {
    return this.page.waitForFunction((t) => document.getElementById("title").textContent === t, text);
  }

  async say(text) {
    await this.page.fill("#text", text);
    await this.page.press("#text", "Enter");
  }

  /** Waits for a bubble with exactly this text that the server has confirmed. */
  hears(text) {
    return this.page.waitForFunction((t) => [...document.querySelectorAll(".bubble")].some((b) => b.textContent === t && b.dataset.state === "sent"), text);
  }

  async enter_room(name) {
    await this.page.fill("#room-name", name);
    await this.page.press("#room-name", "Enter");
    await this.title(`#${name}`);
  }

  bubbles() {
    return this.page.$$eval(".bubble", (all) => all.map((b) => b.textContent));
  }

  names(list) {
    return this.page.$$eval(`#${list} .row-name`, (all) => all.map((n) => n.textContent));
  }

  row(text) {
    return this.page.locator(".row", { has: this.page.locator(".row-name", { hasText: new RegExp(`^${text}$`) }) });
  }

  /** The page never broke its policy and never complained; `allowed` is for tests that take the server away. */
  async was_quiet(allowed = /^$/) {
    assert.deepEqual(await this.page.evaluate(() => globalThis.violations), []);
    assert.deepEqual(this.errors.filter((e) => !allowed.test(e)), []);
  }

  async has_no_sideways_scroll() {
    const [content, window] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `the page is ${content} px wide in a window of ${window}`);
    const wide = await this.page.$$eval(".scroll, .panel-body, .log", (all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.className));
    assert.deepEqual(wide, []);
  }
}
