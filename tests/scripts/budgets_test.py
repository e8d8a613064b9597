#!/usr/bin/env python3
"""The ruler's budgets, the comparing of instruction counts: what they say of figures that are within and over."""
import importlib.machinery
import importlib.util
import json
import math
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNTS = ROOT / "bench/baseline/compare_counts"


def load(path):
    loader = importlib.machinery.SourceFileLoader(path.stem, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(path.stem, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


class budgets(unittest.TestCase):
    def test_the_document_shows_what_the_machine_reads(self):
        table = (ROOT / "docs/benchmarks.md").read_text().split("## Budgets")[1].split("##")[0]
        shown = {name: float(most) for name, most in re.findall(r"^\| ([a-z0-9-]+) \|.*\| ([\d.]+) [^|]*\|$", table, re.M)}
        noted = json.loads((ROOT / "bench/ruler/budgets.json").read_text())
        self.assertEqual(shown, {name: next(iter(one.values())) for name, one in noted.items()})

    def test_figures_are_within_or_over(self):
        verdicts = load(ROOT / "bench/ruler/compare.py").verdicts
        table = {"idle": {"us": {"cost": 1.6, "ratio": 3.0}}, "echo": {"us": {"cost": 9.0, "ratio": 1.05}}, "poll": {"us": {"cost": 0.0, "ratio": None}}}
        said = verdicts(table, {"idle": {"kib": 1.5}, "echo": {"ratio": 1.05}, "poll": {"ratio": 1.3}, "cast": {"ratio": 1}}, "us")
        self.assertEqual([(v[0], v[-1]) for v in said], [("idle", False), ("echo", True), ("poll", False)])

    def test_half_of_the_rounds_lie_between_the_quartiles(self):
        quartiles = load(ROOT / "bench/ruler/compare.py").quartiles
        self.assertEqual(quartiles([9, 1, 8, 2, 7, 3, 6, 4, 5]), (3, 7))
        self.assertEqual(quartiles([4, 1, 3, 2]), (1, 4))
        self.assertEqual(quartiles([2]), (2, 2))
        self.assertTrue(all(math.isnan(q) for q in quartiles([])))


class counts(unittest.TestCase):
    def run_with(self, counted, noted, *more):
        with tempfile.TemporaryDirectory() as place:
            figures, baseline = Path(place) / "counted", Path(place) / "noted"
            figures.write_text(counted)
            baseline.write_text(noted)
            done = subprocess.run([sys.executable, COUNTS, "--compiler", "C 1", "--build", "B", "--counts", figures, "--baseline", baseline, *more],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout, baseline.read_text()

    def test_five_percent_more_pass_and_six_do_not(self):
        self.assertEqual(self.run_with("echo 1050\n", "echo | C 1 | B | 1000 |\n")[0], 0)
        status, out, _ = self.run_with("echo 1060\n", "echo | C 1 | B | 1000 |\n")
        self.assertEqual(status, 1)
        self.assertIn("GREW", out)

    def test_a_growth_is_noted_with_its_reason(self):
        status, _, noted = self.run_with("echo 1060\ncast 10\n", "echo | C 1 | B | 1000 |\ncast | C 1 | B | 10 | before\n", "--accept", "checks more")
        self.assertEqual(status, 0)
        self.assertIn("echo | C 1 | B | 1060 | checks more\n", noted)
        self.assertIn("cast | C 1 | B | 10 | before\n", noted)

    def test_a_workload_that_is_new_or_gone_fails(self):
        self.assertEqual(self.run_with("echo 1\nnew 1\n", "echo | C 1 | B | 1 |\n")[0], 1)
        self.assertEqual(self.run_with("echo 1\n", "echo | C 1 | B | 1 |\nold | C 1 | B | 1 |\n")[0], 1)

    def test_another_compiler_is_skipped_aloud(self):
        status, out, _ = self.run_with("echo 1\n", "echo | C 2 | B | 1 |\n")
        self.assertEqual(status, 77)
        self.assertIn("has no figures for C 1, B", out)


if __name__ == "__main__":
    unittest.main(verbosity=1)
