// Certificates for tests of TLS, made on the spot with the openssl command and gone with the process: an authority, and who it vouches for.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Authority {
  constructor(name = "test authority") {
    this.dir = mkdtempSync(join(tmpdir(), "jackfield-tls-"));
    process.on("exit", () => rmSync(this.dir, { recursive: true, force: true }));
    Object.assign(this, this.#make(name, ["-addext", "basicConstraints=critical,CA:TRUE"]));
  }

  /** { cert, key } file names; `names` as "DNS:localhost,IP:127.0.0.1". */
  vouch(name, names = "DNS:localhost,IP:127.0.0.1", more = []) {
    return this.#make(name, ["-CA", this.cert, "-CAkey", this.key, "-addext", `subjectAltName=${names}`, ...more]);
  }

  get pem() { return readFileSync(this.cert, "utf8"); }

  #make(name, more) {
    const file = join(this.dir, name.replace(/\W/g, "_"));
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
      "-subj", `/CN=${name}`, "-keyout", `${file}.key`, "-out", `${file}.pem`, ...more], { stdio: ["ignore", "ignore", "pipe"] });
    return { cert: `${file}.pem`, key: `${file}.key` };
  }
}
