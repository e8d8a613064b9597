// The same scenarios against the official server and ours, and what their clients saw side by side.
//   FIXTURE=…/bin/fixture node run.mjs [--only TEXT] [--print] [--reference-twice]
// Fails on a difference that differences.mjs does not list, on a listed one that does not occur (any more), and on a listed one
// that names no line of docs/compatibility.md. --reference-twice compares the official server with itself: what differs there is
// chance, and a mistake of the script.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { Target } from "../target.mjs";
import { differences } from "./differences.mjs";
import { all_scenarios, Stage } from "./recorder.mjs";

const { values: flags } = parseArgs({ options: { only: { type: "string", default: "" }, print: { type: "boolean" }, "reference-twice": { type: "boolean" } } });
const here = fileURLToPath(new URL(".", import.meta.url));
for (const file of readdirSync(`${here}scenarios`).sort()) await import(`./scenarios/${file}`);
const scenarios = all_scenarios().filter((s) => s.key.includes(flags.only));

/** Servers of all profiles that are used; null: of the official server. */
async function start(fixture) {
  const profiles = [...new Set(scenarios.map((s) => s.profile))];
  return Object.fromEntries(await Promise.all(profiles.map(async (p) => [p, await Target.start(p, fixture)])));
}

async function play(servers, list) {
  const seen = new Map();
  for (const s of list) {
    const stage = new Stage(servers, s.profile);
    try {
      await s.play(stage);
    } catch (e) {
      stage.steps.set("the rest", { failed: stage.normal(e.message) });
    }
    stage.close();
    for (const [name, what] of stage.steps) seen.set(`${s.key}/${name}`, what);
    if (!servers[s.profile].alive) throw new Error(`a server of profile ${s.profile} ended during ${s.key}`);
  }
  return seen;
}

/** What both servers showed. A scenario that does not agree with the table is played once more: a machine too busy for its times does not
 *  make the same mistake twice, servers do. */
async function compare(sides, listed) {
  const [theirs, ours] = await Promise.all(sides.map((s) => play(s, scenarios)));
  const doubted = judge(theirs, ours, listed);
  const again = scenarios.filter((s) => doubted.some(({ key }) => key.startsWith(`${s.key}/`)));
  for (const { key, why } of doubted) console.log(`once more: ${key}: ${why}`);
  const more = await Promise.all(sides.map((s) => play(s, again)));
  for (const [before, now] of [[theirs, more[0]], [ours, more[1]]]) {
    for (const [key, what] of now) before.set(key, what);
  }
  return { theirs, wrong: judge(theirs, ours, listed) };
}

/** Steps that do not agree with the table, each with what is wrong. */
function judge(theirs, ours, listed) {
  const wrong = [];
  const show = (v) => (v === undefined ? "(no such step)" : JSON.stringify(v));
  const met = new Set();
  for (const key of new Set([...theirs.keys(), ...ours.keys()])) {
    const a = theirs.get(key), b = ours.get(key);
    if (a?.failed && b?.failed) {
      wrong.push({ key, why: `fails on both servers: ${a.failed}` });
      continue;
    }
    if (isDeepStrictEqual(a, b)) continue;
    if (listed.includes(key)) met.add(key);
    else wrong.push({ key, why: `differs\n  reference ${show(a)}\n  ours      ${show(b)}` });
  }
  for (const key of listed) if (key.includes(flags.only) && !met.has(key)) wrong.push({ key, why: "is listed as a difference, and is none" });
  return wrong;
}

/** The steps of the table; every entry's line is looked up in the document. */
function read_table() {
  const page = readFileSync(`${here}../../../docs/compatibility.md`, "utf8");
  return differences.flatMap(({ line, steps }) => {
    if (!page.split("\n").some((l) => l.includes(line))) throw new Error(`docs/compatibility.md has no line with: ${line}`);
    return steps;
  });
}

const listed = flags["reference-twice"] ? [] : read_table();
const sides = await Promise.all([start(null), start(flags["reference-twice"] ? null : process.env.FIXTURE)]);
let wrong, steps;
try {
  const { theirs, ...result } = await compare(sides, listed);
  wrong = result.wrong.map(({ key, why }) => `${key}: ${why}`);
  steps = theirs.size;
  if (flags.print) for (const [key, what] of theirs) console.log(key, JSON.stringify(what));
} finally {
  await Promise.all(sides.flatMap((s) => Object.values(s).map((t) => t.stop())));
}
if (!flags.only && steps < 150) wrong.push(`only ${steps} steps`);
for (const w of wrong) console.log(w);
console.log(`${steps} steps in ${scenarios.length} scenarios: ${listed.length} listed differences, ${wrong.length} mistakes`);
process.exitCode = wrong.length ? 1 : 0;
