// The differences that are meant: steps, and a piece of the line of docs/compatibility.md that argues for them. run.mjs finds the line, and
// fails when one of the steps does not differ.
const of = (scenario, ...steps) => steps.map((s) => `${scenario}/${s}`);
const all = (topic, step, ...scenarios) => scenarios.map((s) => `${topic}/${s}/${step}`);

export const differences = [
  // HTTP
  { line: "| Path (S7) |", steps: all("http errors", "answer", "below the path") },
  { line: "| Foreign origins (S36) |", steps: ["cors/listed origins/a foreign origin", "cors/listed origins/a WebSocket of another page", "cors/off/a foreign origin"] },
  { line: "| WebSocket version |", steps: all("upgrade errors", "answer", "WebSocket version 8") },
  { line: "| Words of a refused WebSocket handshake |", steps: all("upgrade errors", "answer", "no key", "a key of another length", "an upgrade to something else") },
  { line: "| An upgrade request for `transport=polling` |", steps: all("upgrade errors", "answer", "the polling transport") },
  { line: "| PUT, DELETE and the like within a session |", steps: of("http errors/in a session", "PUT", "DELETE") },
  { line: "| Headers of errors |", steps: ["http errors/in a session/every header of an error", "cors/listed origins/an error"] },
  { line: "| Preflights answered with 204 |", steps: [...of("cors/listed origins", "preflight", "preflight without wishes"), "cors/reflected/preflight", "cors/any/preflight"] },
  { line: "| `Accept-Encoding` with equal weights |", steps: of("compression/of polling answers", "gzip before deflate") },

  // WebSocket
  { line: "| Context takeover of deflate |", steps: of("websocket/compression", "offered with the defaults", "no context of the client's", "no context of the server's", "a window of the client's", "a window of the server's") },
  { line: "| `compress(false)` on a WebSocket |", steps: of("websocket/compression", "compress(false)") },

  // Engine.IO
  { line: "| Base64 in a polling body |", steps: all("polling", "the session", "body: broken base64", "body: base64 without padding") },
  { line: "| An upgrade packet that no probe preceded (S22) |", steps: of("upgrade/that fails", "an upgrade without a probe") },
  { line: "| Sessions without a namespace (S24) |", steps: of("close/of sessions", "the last namespace was left") },
  { line: "| An answer by JSONP |", steps: of("old clients/raw", "JSONP handshake") },

  // Socket.IO
  { line: "| Arguments that are passed on as `jf::args` or `jf::arg` |",
    steps: all("packets", "what follows", '42["echo",1,"two",null,true,{"a":[1.5,-0,1e3]}]', '42["echo","\\u00e9\\ud83d\\ude00\\u2028\\u0000"]', '42["echo",1e400]', '42["echo",0.1,1e21,1e-7,5e-324]',
      '42["echo",{"__proto__":1,"a":1,"a":2}]') },
  { line: "| A blank between the type and the payload |", steps: all("packets", "what follows", '42 ["echo",1]') },
  { line: "| A second CONNECT while the first is with the middlewares (S27) |", steps: of("middlewares/of a namespace", "a second CONNECT while it decides") },
  { line: "| Two CONNECTs for a name that rules are asked about (S27) |", steps: of("rules/functions", "a second CONNECT while it decides") },
  { line: "| A client that goes before the rules have decided |", steps: of("rules/functions", "it goes while it decides") },
  { line: "| `serverSideEmit` of a server that is alone |", steps: of("servers/one alone", "a question") },
  { line: "| `serverSideEmit` of names that sockets reserve |", steps: of("servers/one alone", "a name of its own: disconnect") },
  { line: "| Events emitted after `disconnect()` |", steps: of("disconnects/and their reasons", "last words on the wire") },
  { line: "| The room of the own id |", steps: of("rooms/joining and leaving", "leave the own room") },
  { line: "| Acks of a broadcast without `timeout` |", steps: of("broadcasts/with answers", "without a timeout") },
  { line: "| MessagePack: undefined |", steps: of("msgpack/official client", "polling: undefined", "websocket: undefined") },
  { line: "| MessagePack: CONNECT without recovery |", steps: of("msgpack/official client", "CONNECT on the wire") },

  // Connection state recovery
  { line: "| A cut before any event came |", steps: of("recovery/after a cut", "without an event before the cut") },
];
