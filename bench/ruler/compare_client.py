#!/usr/bin/env python3
"""The client against the load generator: how long an answer takes, and what an idle client costs.

  compare_client.py --server 'build/release/bin/bench-server {port}' --sioload PATH --client build/release/bin/bench-client
                    [--rounds N] [--seconds S] [--clients N] [--idle N]

In each round, in turn, on the same server: sioload with so many connections and one question of each in flight, and bench-client with the
same. Prints the medians and the ratio of their times to an answer; then what each of --idle clients costs of memory.
"""
import argparse
import json
import socket
import statistics
import subprocess
import sys
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    sys.exit(f"nobody listens on port {port}")


def on_core(core, command):
    return ["taskset", "-c", str(core), *command]


def last_json(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("server", "sioload", "client"):
        p.add_argument(f"--{name}", required=True)
    for name, default in (("rounds", 5), ("seconds", 3), ("clients", 100), ("idle", 5000)):
        p.add_argument(f"--{name}", type=int, default=default)
    a = p.parse_args()
    port = free_port()
    server = subprocess.Popen(on_core(0, a.server.format(port=port).split()), stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        load, ours = [], []
        for _ in range(a.rounds):
            load.append(last_json(on_core(1, [a.sioload, "--mode", "echo", "--port", str(port), "--conns", str(a.clients), "--window", "1",
                                              "--size", "64", "--seconds", str(a.seconds), "--json"])))
            ours.append(last_json(on_core(1, [a.client, f"http://127.0.0.1:{port}", str(a.clients), str(a.seconds)])))
        theirs_p50 = statistics.median(r["latency_p50_us"] for r in load)
        ours_p50 = statistics.median(r["p50_us"] for r in ours)
        print(f"time to an answer, {a.clients} clients, median of {a.rounds} rounds: load generator {theirs_p50:.0f} us, client {ours_p50:.0f} us, "
              f"ratio {ours_p50 / theirs_p50:.2f}")
        print(f"answers a second: load generator {statistics.median(r['messages_per_s'] for r in load):.0f}, "
              f"client {statistics.median(r['per_s'] for r in ours):.0f}; CPU of the client {statistics.median(r['cpu_us'] for r in ours):.2f} us each")
        idle = last_json(on_core(1, [a.client, f"http://127.0.0.1:{port}", str(a.idle), "1"]))
        print(f"an idle client: {idle['idle_kib']:.1f} KiB resident ({a.idle} on one thread)")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
