// Are the npm packages of package.json there, in its versions? One sentence when they are not, instead of one failed import in each
// suite: ctest runs this before the suites that need them.
import { existsSync, readFileSync } from "node:fs";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const installed = (name) => {
  const place = `node_modules/${name}/package.json`;
  return existsSync(new URL(place, import.meta.url)) ? read(place).version : undefined;
};

// An alias (socket.io-client-v2) asks for "npm:NAME@VERSION".
const { dependencies, devDependencies } = read("package.json");
const missing = Object.entries({ ...dependencies, ...devDependencies }).filter(([name, wanted]) => installed(name) !== wanted.replace(/^npm:.*@/, ""));
if (missing.length) {
  console.error(`tests/node_modules lacks ${missing.map((p) => p.join(" ")).join(", ")}: run ./dev setup client test (elsewhere than on Debian 12: npm install in tests/)`);
  process.exit(1);
}
