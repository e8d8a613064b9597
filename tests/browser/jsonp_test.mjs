// JSONP in Chromium, with the official client of Socket.IO 2: scripts that the page sends for, forms that it posts.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Target } from "../conformance/target.mjs";
import { launch } from "./pages.mjs";

const client = readFileSync(new URL("../node_modules/socket.io-client-v2/dist/socket.io.js", import.meta.url));
const limit = { timeout: 30_000 };

let browser, matrix, pages;
before(async () => {
  pages = createServer((q, r) => (q.url === "/client.js" ? r.setHeader("Content-Type", "text/javascript").end(client) : r.setHeader("Content-Type", "text/html").end("<script src=/client.js></script>")));
  pages.listen(0, "127.0.0.1");
  [browser, matrix] = await Promise.all([launch(), Target.start("matrix"), once(pages, "listening")]);
});
after(() => Promise.all([browser?.close(), matrix?.stop(), pages?.close()]));

/** A page of another origin than the server's. */
async function page() {
  const p = await browser.newPage();
  p.errors = [];
  p.on("pageerror", (e) => p.errors.push(String(e)));
  await p.goto(`http://127.0.0.1:${pages.address().port}/`);
  return p;
}

test("events, awkward texts and binary go both ways", limit, async () => {   // P103 S36
  const p = await page();
  const got = await p.evaluate((url) => new Promise((ok, no) => {
    const s = globalThis.io(url, { transports: ["polling"], forceJSONP: true, forceNew: true });
    s.on("error", no);
    s.on("connect_error", no);
    s.on("welcome", (w) => {
      const texts = ["a\nb \\n \\\\n", "\u2028|\u2029", "</script><!-- é 😀 & + = %41", "x".repeat(100_000)];
      s.emit("echo", texts, (back) => s.emit("bin-get", 5, (bytes) => s.emit("transport", (transport) => {
        s.close();
        ok({ eio: w.eio, scripts: Boolean(globalThis.___eio), transport, same: JSON.stringify(back) === JSON.stringify(texts), bytes: [...new Uint8Array(bytes)] });
      })));
    });
  }), matrix.url);
  assert.deepEqual(got, { eio: 3, scripts: true, transport: "polling", same: true, bytes: [0, 1, 2, 3, 4] });
  assert.deepEqual(p.errors, []);
  await p.close();
});
