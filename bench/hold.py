#!/usr/bin/env python3
"""Holds many connections to one server for a while, then casts to all of them, then resets half of the lines at once, and says
whether everything was as it should be.

  hold.py PROGRAM [URL] [--connections N] [--seconds S] [--json FILE]

PROGRAM is the `jackfield` program. Without a URL it is measured against its own server, in another process, on default options
(a heartbeat every 25 s). Ten minutes and 18,000 connections unless said otherwise: not for `./dev test`. Status 1 when a line was lost, a
copy did not arrive, a heartbeat was missed, an echo stalled, or memory did not come back.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HEARTBEAT = 25          # seconds, the servers' default
STALL_US = 1_000_000    # an echo beside all that may take so long, beyond what this generator itself was late
SETTLE = 60             # seconds watched behind the cut


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("program")
    p.add_argument("url", nargs="?")
    p.add_argument("--connections", type=int, default=18_000)
    p.add_argument("--seconds", type=int, default=600)
    p.add_argument("--json", help="keep the report there")
    return p.parse_args()


def run(a, path):
    command = [a.program, "bench", "idle", *([a.url] if a.url else []), "-c", str(a.connections), "--seconds", str(a.seconds), "--warmup", "1",
               "--probe-rate", "20", "--casts", "3", "--kill", "50", "--settle", str(SETTLE), "--patience", "30", "--json", path]
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=False)
    with open(path, encoding="utf-8") as f:
        return json.load(f)["runs"][0]


def kib(b):
    return f"{b / 1024:.2f} KiB"


def mib(b):
    return f"{b / 1024 / 1024:.1f} MiB"


def judge(r, a):
    """What was found, and what is wrong with it."""
    found, wrong = [], []

    def check(fact, holds):
        found.append(fact)
        if not holds:
            wrong.append(fact)

    n, acts, connect = a.connections, r["acts"], r["connect"]
    hold, casts, kill = acts[0], acts[1:-1], acts[-1]
    check(f"{connect['there']} of {n} connected in {connect['seconds']:.1f} s", connect["there"] == n)
    check(f"held for {hold['seconds']:.0f} s, {hold['lines_lost']} lines lost", hold["lines_lost"] == 0)
    least = n * max(0, a.seconds // HEARTBEAT - 1)
    check(f"{r['heartbeats']} heartbeats answered (at least {least} expected)", r["heartbeats"] >= least)
    late = r["late_sends_us"]["max"]
    check(f"echoes meanwhile: p50 {hold['probes_us']['p50'] / 1e3:.2f} ms, p99 {r['latency_us']['p99'] / 1e3:.2f} ms, "
          f"longest {hold['probes_us']['max'] / 1e3:.1f} ms (sent late by {late / 1e3:.1f} ms at most)",
          0 < hold["probes_us"]["max"] < STALL_US + late)
    for c in casts:
        check(f"{c['name']}: {c['happened']} of {c['expected']} copies, the last after {c['latency_us']['max'] / 1e3:.1f} ms "
              f"(half of them after {c['latency_us']['p50'] / 1e3:.1f} ms)", c["happened"] == c["expected"] == n)
    check(f"{kill['happened']} lines reset at once, {kill['lines_lost']} others lost; echoes in the {kill['seconds']:.0f} s behind that: "
          f"{kill['probes_us']['count']}, longest {kill['probes_us']['max'] / 1e3:.1f} ms",
          kill["happened"] == n // 2 and kill["lines_lost"] == 0 and 0 < kill["probes_us"]["max"] < STALL_US)
    check(f"{connect['still_there']} still there at the end", connect["still_there"] == n - n // 2)
    memory(r["server"], n, check, found)
    found.append(f"the machine was {100 * r['generator']['machine_busy_share']:.0f} % busy while they were held, with the server at "
                 f"{100 * r['server']['cpu_share']:.1f} % of a core" if r["server"] else "the server's process is not known")
    return found, wrong


def memory(s, n, check, found):
    if not s:
        return
    before, there, after = s["rss_before_bytes"], s["rss_connected_bytes"], s["rss_after_bytes"]
    found.append(f"memory of the server: {mib(before)} before, {mib(there)} with everybody there, {kib((there - before) / n)} per connection; "
                 f"peak {mib(s['rss_peak_bytes'])}")
    # Half of the clients are left: what comes back may not be all of theirs, since pages hold several.
    check(f"{SETTLE} s behind the cut: {mib(after)}, {100 * (there - after) / (there - before):.0f} % of what all brought came back",
          there - after >= 0.25 * (there - before))


def main():
    a = arguments()
    print("load of the machine before:", *os.getloadavg(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        r = run(a, a.json or os.path.join(folder, "hold.json"))
    if r["failure"]:
        sys.exit(r["failure"])
    found, wrong = judge(r, a)
    for fact in found:
        print(("! " if fact in wrong else "  ") + fact)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
