// A seeded source of malformed input: samples of one level, broken in the ways that parsers get wrong.

/** Numbers below n, the same for the same seed. */
export function random_source(seed) {
  let s = seed >>> 0;
  return (n) => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const TOKENS = ["\0", "\r", "\n", "\r\n", "\r\n\r\n", " ", ":", ",", "\x1e", "\x7f", "\xff", "-1", "0", "00", "9007199254740993", "18446744073709551616", "1e999", "{", "[", "]", "}", "\"",
  "\\u0000", "\\ud800", "__proto__", "null", "b", "b!", "4", "%00", "%", "0x10", "chunked", "_placeholder"];

const edits = [
  (b, r) => { if (b.length) b[r(b.length)] ^= 1 << r(8); return b; },
  (b, r) => { if (b.length) b[r(b.length)] = r(256); return b; },
  (b, r) => { const at = r(b.length + 1); return Buffer.concat([b.subarray(0, at), Buffer.from(Array.from({ length: 1 + r(4) }, () => r(256))), b.subarray(at)]); },
  (b, r) => { const at = r(b.length + 1); return Buffer.concat([b.subarray(0, at), Buffer.from(TOKENS[r(TOKENS.length)], "latin1"), b.subarray(at)]); },
  (b, r) => { const at = r(b.length + 1), n = 1 + r(8); return Buffer.concat([b.subarray(0, at), b.subarray(at + n)]); },
  (b, r) => { const at = r(b.length + 1), n = 1 + r(16); return Buffer.concat([b.subarray(0, at + n), b.subarray(at)]); },
  (b, r) => b.subarray(0, r(b.length + 1)),
  (b, r) => { const at = r(b.length + 1); return Buffer.concat([b.subarray(0, at), Buffer.alloc(1 + r(r(50) ? 64 : 20_000), r(256)), b.subarray(at)]); },
];

/** One sequence of bytes: mostly a broken sample, at times nothing but noise. */
export function malformed(samples, random) {
  if (random(20) === 0) return Buffer.from(Array.from({ length: random(200) }, () => random(256)));
  let b = Buffer.from(samples[random(samples.length)], "latin1");
  for (let n = 1 + random(4); n > 0; n--) b = edits[random(edits.length)](Buffer.from(b), random);
  return random(10) ? b : Buffer.concat([b, Buffer.from(samples[random(samples.length)], "latin1")]);
}

/** A frame as clients send it: masked, with the key 0 so that the bytes can be read in a trace. */
export function frame(payload, opcode = 1, fin = true) {
  const n = payload.length;
  const head = n < 126 ? Buffer.from([0, 0x80 | n]) : n < 65536 ? Buffer.from([0, 0xfe, n >> 8, n & 255]) : Buffer.from([0, 0xff, 0, 0, 0, 0, 0, n >> 16, (n >> 8) & 255, n & 255]);
  head[0] = (fin ? 0x80 : 0) | opcode;
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
