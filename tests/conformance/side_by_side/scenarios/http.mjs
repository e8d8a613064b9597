// Handshake, HTTP errors, headers, CORS, cookies, compression of answers.
import { gunzipSync } from "node:zlib";
import { request, refused_upgrade } from "../../raw.mjs";
import { ask, scenario, sleep } from "../recorder.mjs";

const page = "https://page.example";
const open = "/socket.io/?EIO=4&transport=polling";
const session = async (t, more = "") => JSON.parse((await request(t.port, "GET", open + more)).text.slice(1)).sid;

scenario("handshake", "polling", "side-brief", async (t) => {
  await t.step("answer", () => t.http("GET", open));
  await t.step("every header", () => t.http("GET", open, { all: true }));
  await t.step("HTTP/1.0 answers too", async () => {
    const c = await t.connection();
    const text = c.send(`GET ${open} HTTP/1.0\r\n\r\n`).closed.then(() => c.buffer.toString());
    const [, status, body] = /^HTTP\/1\.[01] (\d+)[^]*?\r\n\r\n([^]*)$/.exec(await text);
    return [status, body];
  });
  await t.step("parameters in another order, others beside them", () => t.http("GET", "/socket.io/?t=abc&transport=polling&x=1&EIO=4"));
  await t.step("percent-encoded parameters", () => t.http("GET", "/socket.io/?EIO=%34&transport=poll%69ng"));
  await t.step("a repeated parameter", () => t.http("GET", `${open}&transport=websocket`));
  await t.step("an empty sid", () => t.http("GET", `${open}&sid=`));
});

scenario("handshake", "with everything on", "side", async (t) => {
  await t.step("answer", () => t.http("GET", open, { all: true }));
  await t.step("Engine.IO 3", () => t.http("GET", "/socket.io/?EIO=3&transport=polling"));
  await t.step("Engine.IO 3 in base64", () => t.http("GET", "/socket.io/?EIO=3&transport=polling&b64=1"));
  await t.step("refused with a text", () => t.http("GET", `${open}&deny=not%20today`));
  await t.step("refused without a text", () => t.http("GET", `${open}&deny=`));
  await t.step("refused by a middleware", () => t.http("GET", `${open}&x-refuse=1`));
  await t.step("a session is not asked about again", async () => (await t.http("POST", `${open}&deny=&sid=${await session(t)}`, { body: "40" })).status);
});

for (const [name, method, target] of [
  ["no transport", "GET", "/socket.io/?EIO=4"], ["an unknown transport", "GET", "/socket.io/?EIO=4&transport=carrier-pigeon"],
  ["a transport named like a member of objects", "GET", "/socket.io/?EIO=4&transport=constructor"],
  ["an unknown sid", "GET", `${open}&sid=unknown`], ["a sid named like a member of objects", "GET", `${open}&sid=__proto__`],
  ["a handshake by POST", "POST", open], ["a handshake by PUT", "PUT", open], ["a handshake by DELETE", "DELETE", open], ["a handshake by HEAD", "HEAD", open],
  ["OPTIONS without CORS", "OPTIONS", open], ["WebSocket without an upgrade", "GET", "/socket.io/?EIO=4&transport=websocket"],
  ["WebTransport without one", "GET", "/socket.io/?EIO=4&transport=webtransport"],
  ["no revision", "GET", "/socket.io/?transport=polling"], ["revision 3 where it is off", "GET", "/socket.io/?EIO=3&transport=polling"],
  ["revision 5", "GET", "/socket.io/?EIO=5&transport=polling"], ["no query", "GET", "/socket.io/"], ["no slash", "GET", "/socket.io?EIO=4&transport=polling"],
  ["below the path", "GET", "/socket.io/below?EIO=4&transport=polling"], ["beside the path", "GET", "/socket.iox/?EIO=4&transport=polling"],
  ["another path", "GET", "/elsewhere"], ["capitals in the path", "GET", "/Socket.IO/?EIO=4&transport=polling"],
]) {
  scenario("http errors", name, "side-brief", async (t) => {
    await t.step("answer", () => t.http(method, target, method === "POST" || method === "PUT" ? { body: "" } : {}));
  });
}

scenario("http errors", "in a session", "side-brief", async (t) => {
  const p = await t.polling();
  await t.step("another transport", () => t.http("GET", p.target.replace("polling", "websocket")));
  await t.step("PUT", () => t.http("PUT", p.target, { body: "" }));
  await t.step("DELETE", () => t.http("DELETE", p.target));
  await t.step("every header of an error", () => t.http("GET", "/socket.io/?EIO=4", { all: true }));
});

scenario("http errors", "what the application hears", "side", async (t) => {
  const s = await t.client();
  await ask(s, "refused");
  const told = async () => (await ask(s, "refused"))[0];
  for (const [name, target] of [["transport", "/socket.io/?EIO=4"], ["sid", `${open}&sid=x`], ["revision", "/socket.io/?EIO=9&transport=polling"],
    ["bad request", "/socket.io/?EIO=4&transport=websocket"], ["forbidden", `${open}&deny=x`], ["middleware", `${open}&x-refuse=1`]]) {
    await t.step(name, async () => (await t.http("GET", target), told()));
  }
  await t.step("method", async () => (await t.http("POST", open, { body: "" }), told()));
  await t.step("another transport than the session's", async () => (await t.http("GET", `/socket.io/?EIO=4&transport=websocket&sid=${await session(t)}`), told()));
});

for (const [name, target, headers] of [
  ["an unknown sid", "/socket.io/?EIO=4&transport=websocket&sid=unknown"], ["an unknown transport", "/socket.io/?EIO=4&transport=tube"],
  ["the polling transport", open], ["no transport", "/socket.io/?EIO=4"], ["refused by the application", "/socket.io/?EIO=4&transport=websocket&deny=not%20today"],
  ["refused by a middleware", "/socket.io/?EIO=4&transport=websocket&x-refuse=1"], ["revision 9", "/socket.io/?EIO=9&transport=websocket"],
  ["WebSocket version 8", "/socket.io/?EIO=4&transport=websocket", { "Sec-WebSocket-Version": "8" }],
  ["no key", "/socket.io/?EIO=4&transport=websocket", { "Sec-WebSocket-Key": null }], ["a key of another length", "/socket.io/?EIO=4&transport=websocket", { "Sec-WebSocket-Key": "abc" }],
  ["an upgrade to something else", "/socket.io/?EIO=4&transport=websocket", { Upgrade: "h2c" }],
]) {
  scenario("upgrade errors", name, "side", async (t) => {
    await t.step("answer", async () => {
      const { status, headers: h, text } = await refused_upgrade(t.port, target, headers);
      return { status, type: h["content-type"] ?? null, text };
    });
  });
}

scenario("cors", "listed origins", "side", async (t) => {
  const preflight = { Origin: page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-kit" };
  await t.step("preflight", () => t.http("OPTIONS", open, { headers: preflight, all: true }));
  await t.step("preflight without wishes", () => t.http("OPTIONS", open, { headers: { Origin: page }, all: true }));
  await t.step("handshake", () => t.http("GET", open, { headers: { Origin: page }, all: true }));
  await t.step("without an origin", () => t.http("GET", open, { all: true }));
  await t.step("an error", () => t.http("GET", "/socket.io/?EIO=4", { headers: { Origin: page }, all: true }));
  await t.step("post and poll", async () => {
    const p = await t.polling();
    const posted = await t.http("POST", p.target, { headers: { Origin: page }, body: "40", all: true });
    return [posted, await t.http("GET", p.target, { headers: { Origin: page }, all: true })];
  });
  await t.step("a foreign origin", async () => (await t.http("GET", open, { headers: { Origin: "https://other.example" } })).status);
  await t.step("a foreign origin's preflight", async () => (await t.http("OPTIONS", open, { headers: { ...preflight, Origin: "https://other.example" } })).status);
  await t.step("a WebSocket of the page", async () => (await t.ws("", { origin: page })).answer.statusCode);
  await t.step("a WebSocket of another page", async () => (await t.ws("", { origin: "https://other.example" })).answer.statusCode);
});

scenario("cors", "reflected", "matrix", async (t) => {
  await t.step("handshake", () => t.http("GET", open, { headers: { Origin: "https://any.example" }, all: true }));
  await t.step("preflight", () => t.http("OPTIONS", open, { headers: { Origin: "https://any.example", "Access-Control-Request-Method": "GET" }, all: true }));
  await t.step("without an origin", () => t.http("GET", open, { all: true }));
});

scenario("cors", "any", "engine-protocol", async (t) => {
  const open = "/engine.io/?EIO=4&transport=polling";
  await t.step("handshake", () => t.http("GET", open, { headers: { Origin: "https://any.example" }, all: true }));
  await t.step("preflight", () => t.http("OPTIONS", open, { headers: { Origin: "https://any.example", "Access-Control-Request-Method": "GET" }, all: true }));
});

scenario("cors", "off", "side-brief", async (t) => {
  await t.step("our own host", () => t.http("GET", open, { headers: { Origin: t.url, Host: `127.0.0.1:${t.port}` }, all: true }));
  await t.step("a foreign origin", async () => (await t.http("GET", open, { headers: { Origin: page } })).status);
});

scenario("cookies", "one with its own name", "side", async (t) => {
  await t.step("on the handshake", async () => (await request(t.port, "GET", open)).headers["set-cookie"]);
  await t.step("is the sid", async () => {
    const r = await request(t.port, "GET", open);
    return r.headers["set-cookie"].includes(JSON.parse(r.text.slice(1)).sid);
  });
  await t.step("not on later answers", async () => {
    const p = await t.polling();
    return [(await p.post("40")).headers["set-cookie"], (await p.get()).headers["set-cookie"]];
  });
  await t.step("not on a WebSocket", async () => (await t.ws()).answer.headers["set-cookie"]);
  await t.step("not where it is off", async () => (await request(t.servers["side-brief"].port, "GET", open)).headers["set-cookie"]);
});

scenario("headers", "hooks", "side", async (t) => {
  const ours = (h) => Object.fromEntries(Object.entries(h).filter(([k]) => k.startsWith("x-")));
  await t.step("of a WebSocket", async () => ours((await t.ws()).answer.headers));
  await t.step("of a post", async () => { const p = await t.polling(); return ours((await p.post("40")).headers); });
  await t.step("of an upgrade", async () => { const p = await t.polling(); return ours((await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`)).answer.headers); });
  await t.step("for old Internet Explorers", async () => (await t.http("GET", open, { headers: { "User-Agent": "Mozilla/4.0 (compatible; MSIE 8.0; Trident/4.0)" }, all: true })).headers);
  await t.step("keep-alive serves the next request", async () => {
    const c = await t.connection();
    const first = await c.request("GET", open).answer(), second = await c.request("GET", "/socket.io/?EIO=4").answer();
    return [first.status, second.status];
  });
  await t.step("close is obeyed", async () => {
    const c = await t.connection();
    const r = await c.request("GET", open, { headers: { Connection: "close" } }).answer();
    await c.closed;
    return [r.status, r.headers.connection];
  });
});

scenario("compression", "of polling answers", "side", async (t) => {
  const big = async (encodings, n = 3000, on = true) => {
    const p = await t.polling();
    await p.post("40");
    await p.get();
    await p.post(`42["packed",${n},${on}]`);
    const r = await p.get({ headers: encodings === null ? {} : { "Accept-Encoding": encodings } });
    const text = r.headers["content-encoding"] === "gzip" ? gunzipSync(r.body).toString() : r.text;
    return { coding: r.headers["content-encoding"] ?? null, smaller: r.body.length < n, vary: r.headers.vary ?? null, whole: text.length };
  };
  await t.step("gzip", () => big("gzip"));
  await t.step("deflate", () => big("deflate"));
  await t.step("gzip before deflate", () => big("deflate, gzip"));
  await t.step("weights", () => big("gzip;q=0, deflate;q=0.5"));
  await t.step("identity", () => big("identity"));
  await t.step("nothing asked for", () => big(null));
  await t.step("br alone", () => big("br"));
  await t.step("a star", () => big("*"));
  await t.step("below the threshold", () => big("gzip", 900));
  await t.step("compress(false)", () => big("gzip", 3000, false));
});

scenario("http errors", "body", "side", async (t) => {
  const p = await t.polling();
  await t.step("of the limit", async () => { await p.post("40"); await p.get(); return t.http("POST", p.target, { body: `42["silence","${"x".repeat(20_000 - 15)}"]` }); });
  await t.step("over the limit", () => t.http("POST", p.target, { body: "x".repeat(20_001) }));
  await t.step("and the session goes on", async () => { await p.post('420["echo",1]'); return p.packets(); });
  await t.step("chunked", async () => {
    const c = await t.connection();
    c.send(`POST ${p.target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n421\r\n`);
    await sleep(20);
    c.send('a\r\n["echo",2]\r\n0\r\n\r\n');
    return [(await c.answer()).text, await p.packets()];
  });
});
