// The chat in Chromium against `jackfield serve`: what two people see of each other.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { launch, PHONE, Visitor } from "./pages.mjs";
import { Served } from "./serve.mjs";

const SERVER_AWAY = /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_RESET|WebSocket connection to|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/;

let browser, served;
const open = [];

before(async () => {
  [browser, served] = await Promise.all([launch(), Served.start()]);
});

after(async () => {
  await browser?.close();
  await served?.stop();
});

afterEach(async () => {
  for (const v of open.splice(0)) await v.context.close();
});

async function visitor(options) {
  const v = await Visitor.open(browser, served.url, options);
  open.push(v);
  return v;
}

test("two pages chat, over polling first and WebSocket then", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  const bo = await (await visitor({ viewport: PHONE })).enter("Bo");
  // The namespace may answer before the upgrade or after it, so the page may have had no time to say "polling"; the requests tell the order.
  const states = await ada.page.evaluate(() => globalThis.line_states.filter((s, i, all) => s !== all[i - 1]));
  assert.deepEqual(states.filter((s) => s !== "polling"), ["connecting", "websocket"]);
  assert.equal(ada.transports[0], "polling");
  assert.deepEqual([...new Set(ada.transports)], ["polling", "websocket"]);
  assert.equal(await ada.page.textContent("#line-text"), "websocket");

  await ada.say("Anybody on the line?");
  await bo.hears("Anybody on the line?");
  await bo.say("Here.");
  await ada.hears("Here.");
  assert.deepEqual(await ada.bubbles(), ["Anybody on the line?", "Here."]);
  assert.deepEqual(await bo.bubbles(), ["Anybody on the line?", "Here."]);
  assert.deepEqual(await ada.names("people"), ["Ada", "Bo"]);
  assert.equal(await ada.page.textContent("#subtitle"), "2 people here");
  assert.match(await ada.page.getAttribute(".group .time", "datetime"), /^\d{4}-\d\d-\d\dT/);
  for (const v of [ada, bo]) await v.was_quiet();
});

test("messages in a row by one person stand in one group", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  await ada.enter_room("groups");
  for (const t of ["one", "two", "three"]) { await ada.say(t); await ada.hears(t); }
  assert.equal(await ada.page.locator(".group").count(), 1);
  assert.equal(await ada.page.locator(".group.mine .bubble").count(), 3);
});

test("who types is shown, and gone with the message", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  const bo = await (await visitor()).enter("Bo");
  await bo.page.focus("#text");
  await bo.page.keyboard.type("let me see", { delay: 20 });
  await ada.page.waitForFunction(() => document.getElementById("typing").textContent === "Bo is typing…");
  await bo.page.keyboard.press("Enter");
  await ada.hears("let me see");
  assert.equal(await ada.page.textContent("#typing"), "");
});

test("a private message reaches one person only, with an unread mark", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  const bo = await (await visitor()).enter("Bo");
  const cy = await (await visitor()).enter("Cy");
  await ada.page.waitForFunction(() => document.querySelectorAll("#people .row").length === 3);
  await ada.page.click("#people .row:has-text('Bo')");
  await ada.title("Bo");
  await ada.say("Only for you");
  await ada.hears("Only for you");
  await bo.page.waitForSelector("#talks .badge");
  assert.equal(await bo.page.textContent("#talks .badge"), "1");
  assert.match(await bo.page.title(), /^\(1\) /);
  await bo.page.click("#talks .row");
  await bo.hears("Only for you");
  assert.equal(await bo.page.locator("#talks .badge").count(), 0);
  await bo.say("Thanks");
  await ada.hears("Thanks");

  // What everybody hears afterwards shows that nothing private is still on its way to the third.
  await ada.row("lobby").click();
  await ada.say("to all");
  await cy.hears("to all");
  assert.ok(!(await cy.bubbles()).includes("Only for you"));
  assert.equal(await cy.page.locator("#talks .row").count(), 0);
});

test("a private message to somebody who left says so", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  const bo = await (await visitor()).enter("Bo");
  await ada.page.click("#people .row:has-text('Bo')");
  await bo.page.click("#unplug");
  await bo.page.waitForSelector("#door:not([hidden])");
  await ada.row("lobby").click();
  await ada.page.waitForFunction(() => document.querySelectorAll("#people .row").length === 1);
  await ada.page.click("#talks .row");
  await ada.say("too late");
  await ada.page.waitForSelector(".bubble[data-state=failed]");
  assert.notEqual((await ada.page.textContent(".failed-why")).trim(), "");
});

test("rooms: their messages stay apart, unread ones are counted, leaving leaves", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  const bo = await (await visitor()).enter("Bo");
  await ada.enter_room("workshop");
  await bo.row("workshop").click();
  await bo.title("#workshop");
  await ada.say("hammer");
  await bo.hears("hammer");
  await bo.row("lobby").click();
  assert.ok(!(await bo.bubbles()).includes("hammer"));
  await ada.say("nails");
  await bo.page.waitForSelector("#rooms .badge");
  assert.equal(await bo.page.textContent("#rooms .badge"), "1");
  await bo.row("workshop").click();
  await bo.hears("nails");
  await bo.page.click("#leave");
  await bo.title("#lobby");
  await ada.page.waitForFunction(() => document.querySelectorAll("#people .row").length === 1);
  assert.deepEqual(await ada.names("people"), ["Ada"]);
});

test("who arrives sees the last messages of the room", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  await ada.enter_room("archive");
  for (let i = 1; i <= 8; i++) await ada.say(`entry ${i}`);
  await ada.hears("entry 8");
  const bo = await (await visitor()).enter("Bo");
  await bo.enter_room("archive");
  await bo.hears("entry 8");
  assert.deepEqual(await bo.bubbles(), [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `entry ${i}`));
});

test("after a time offline the missed messages are there, in order and once", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  const bo = await (await visitor()).enter("Bo");
  await ada.enter_room("gap");
  await bo.enter_room("gap");
  await ada.say("before");
  await bo.hears("before");
  await bo.context.setOffline(true);
  await bo.line("reconnecting");
  await ada.say("while you were away");
  await ada.hears("while you were away");
  await bo.context.setOffline(false);
  await bo.line("websocket");
  await bo.hears("while you were away");
  await ada.say("after");
  await bo.hears("after");
  assert.deepEqual(await bo.bubbles(), ["before", "while you were away", "after"]);
  await bo.was_quiet(SERVER_AWAY);
});

test("the server restarts: pages come back, what was written meanwhile is sent, nothing is lost or doubled", { timeout: 90_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  const bo = await (await visitor()).enter("Bo");
  await ada.enter_room("restart");
  await bo.enter_room("restart");
  await ada.say("before");
  await bo.hears("before");
  assert.deepEqual(await served.stop(), { code: 0, signal: null });
  await Promise.all([ada.line("reconnecting"), bo.line("reconnecting")]);
  await ada.say("written while the line was down");
  await ada.page.waitForSelector(".bubble[data-state=sending]");
  assert.match(await ada.page.textContent("#notice-text"), /line is down/);

  served = await Served.start({ port: served.port });
  await Promise.all([ada.line("websocket"), bo.line("websocket")]);
  await bo.hears("written while the line was down");
  await ada.hears("written while the line was down");
  const cy = await (await visitor()).enter("Cy");
  await cy.enter_room("restart");
  await cy.hears("written while the line was down");
  for (const v of [ada, bo]) assert.deepEqual(await v.bubbles(), ["before", "written while the line was down"]);
  assert.equal(await ada.page.locator("#notice:visible").count(), 0);
  for (const v of [ada, bo]) await v.was_quiet(SERVER_AWAY);
});

test("hostile names and messages are text", { timeout: 60_000 }, async () => {
  const name = "<img src onerror=owned=1>", script = "<script>owned=1</script><img src=x onerror=\"owned=1\"><svg onload=owned=1>";
  const bidi = "\u202Eesrever\u202C \u2066isolated, never closed \u200F<b>";
  const long = "W".repeat(2000);
  const eve = await (await visitor()).enter(name);
  const ada = await (await visitor({ viewport: PHONE })).enter("Ada");
  await eve.enter_room("<u>room</u>");
  await ada.page.click("#open-rooms");
  await ada.page.click("#rooms .row:has-text('<u>room</u>')");
  await ada.title("#<u>room</u>");
  for (const t of [script, bidi, long]) {
    await eve.say(t);
    await ada.hears(t);
  }
  assert.deepEqual(await ada.bubbles(), [script, bidi, long]);
  assert.equal(await ada.page.textContent(".group-name"), name);
  assert.equal(await ada.page.locator("#log img, #log script, #log svg, #log b, #people img, #rooms u").count(), 0);
  assert.equal(await ada.page.evaluate(() => typeof globalThis.owned), "undefined");
  // The direction marks of a message end with its bubble.
  assert.equal(await ada.page.$eval(".bubble", (b) => getComputedStyle(b).unicodeBidi), "isolate");
  await ada.has_no_sideways_scroll();
  for (const v of [eve, ada]) await v.was_quiet();
});

test("a text over 2000 characters is not sent, and the page says how much it is over", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  await ada.enter_room("long");
  await ada.say("x".repeat(2001));
  assert.equal(await ada.page.textContent("#count"), "-1");
  assert.deepEqual(await ada.bubbles(), []);
  await ada.page.press("#text", "Backspace");
  assert.equal(await ada.page.textContent("#count"), "0");
  await ada.page.press("#text", "Enter");
  await ada.hears("x".repeat(2000));
});

test("the door refuses names that are taken or carry direction marks", { timeout: 60_000 }, async () => {
  await (await visitor()).enter("Ada");
  const other = await visitor();
  await other.knock("ADA");
  await other.page.waitForFunction(() => /under this name/.test(document.getElementById("door-error").textContent));
  await other.knock("Bo\u202Eb");
  await other.page.waitForFunction(() => /1 to 32 characters/.test(document.getElementById("door-error").textContent));
  await other.knock("x".repeat(33));
  await other.page.waitForFunction(() => document.getElementById("name").getAttribute("aria-invalid") === "true");
  await other.enter("Bo");
});

test("the same key in a second tab replaces the first", { timeout: 60_000 }, async () => {
  const key = "0123456789abcdefghijklmn";
  const first = await (await visitor({ key })).enter("Ada");
  const second = await (await visitor({ key })).enter("Ada");
  await first.page.waitForFunction(() => /another tab/.test(document.getElementById("notice-text").textContent));
  assert.equal(await first.page.textContent("#line-text"), "offline");
  assert.deepEqual(await second.names("people"), ["Ada"]);
  await first.page.click("#notice-action");
  await first.line("websocket");
  await second.page.waitForFunction(() => /another tab/.test(document.getElementById("notice-text").textContent));
});

test("a reload keeps the name and the rooms", { timeout: 60_000 }, async () => {
  const ada = await (await visitor()).enter("Ada");
  await ada.enter_room("reload");
  await ada.say("still here");
  await ada.hears("still here");
  await ada.page.reload();
  await ada.title("#lobby");
  await ada.row("reload").click();
  await ada.hears("still here");
  assert.ok(await ada.page.locator(".group.mine").count() > 0, "our own message is ours after a reload");
});

test("on a phone nothing scrolls sideways and the panels are drawers", { timeout: 60_000 }, async () => {
  const ada = await visitor({ viewport: PHONE, colorScheme: "dark" });
  await ada.has_no_sideways_scroll();
  await ada.enter("A name of thirty-two characters!");
  await ada.say("A message long enough to need more than one line on a small screen, and a linkless_word_that_is_far_too_long_to_fit_into_any_line_of_it");
  await ada.page.waitForSelector(".bubble[data-state=sent]");
  await ada.has_no_sideways_scroll();
  for (const panel of ["rooms", "people"]) {
    assert.ok(!(await ada.page.isVisible(`#${panel}-panel`)));
    await ada.page.click(`#open-${panel}`);
    assert.ok(await ada.page.isVisible(`#${panel}-panel`));
    assert.equal(await ada.page.getAttribute(`#open-${panel}`, "aria-expanded"), "true");
    await ada.has_no_sideways_scroll();
    await ada.page.keyboard.press("Escape");
    assert.equal(await ada.page.evaluate(() => document.activeElement.id), `open-${panel}`);
    assert.equal(await ada.page.getAttribute(`#open-${panel}`, "aria-expanded"), "false");
  }
  const small = await ada.page.$$eval("button", (all) => all.filter((b) => b.checkVisibility({ visibilityProperty: true }))
    .map((b) => [b.id || b.className, b.getBoundingClientRect()]).filter(([, r]) => r.width < 32 || r.height < 32).map(([n]) => n));
  assert.deepEqual(small, [], "buttons too small for a finger");
});

for (const colorScheme of ["light", "dark"]) {
  test(`text stands out by 4.5 to 1 or more (${colorScheme})`, { timeout: 60_000 }, async () => {
    const ada = await (await visitor({ colorScheme })).enter("Ada");
    const people = [];
    for (const n of ["Bo", "Cy", "Di", "Eve", "Flo", "Gil"]) people.push(await (await visitor()).enter(n));
    await people[0].enter_room(`quiet ${colorScheme}`);
    for (const p of people.slice(1)) await p.say("hello");
    await ada.page.waitForFunction(() => document.querySelectorAll(".group").length >= 5 && document.querySelectorAll("#people .row").length === 7);
    const low = await ada.page.evaluate(() => {
      const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const rgba = (css) => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = css; paint.fillRect(0, 0, 1, 1); return paint.getImageData(0, 0, 1, 1).data; };
      const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
      const light = (c) => { const f = (x) => ((x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4); return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
      const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const own_text = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      return [...document.querySelectorAll("#board *")].filter((e) => own_text(e) && e.checkVisibility({ visibilityProperty: true }))
        .map((e) => [`${e.tagName}.${e.className} ${e.textContent.slice(0, 20)}`, ratio(light(rgba(getComputedStyle(e).color)), light(behind(e)))])
        .filter(([, r]) => r < 4.5);
    });
    assert.deepEqual(low, []);
  });
}
