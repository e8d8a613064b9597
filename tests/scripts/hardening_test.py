#!/usr/bin/env python3
"""S54: a program of ours is built so that a mistake in it is harder to use:  hardening_test.py PROGRAM

Looks at the finished file with readelf and objdump, since a flag that was lost on the way to the linker looks like one that was given.
"""
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop()


def tool(*arguments):
    return subprocess.run([*arguments, PROGRAM], capture_output=True, text=True, check=True).stdout


class hardening(unittest.TestCase):
    def test_it_may_be_loaded_anywhere(self):  # S54
        self.assertRegex(tool("readelf", "-hW"), r"Type:\s+DYN \(Position-Independent Executable file\)")

    def test_its_stack_holds_no_code(self):  # S54
        self.assertRegex(tool("readelf", "-lW"), r"GNU_STACK\s+(?:0x\w+\s+){5}RW\s")

    def test_its_tables_of_addresses_are_read_only(self):  # S54
        self.assertIn("GNU_RELRO", tool("readelf", "-lW"))
        self.assertRegex(tool("readelf", "-dW"), r"FLAGS\).*BIND_NOW")

    def test_its_stack_is_guarded(self):  # S54
        self.assertIn("__stack_chk_fail", tool("readelf", "--dyn-syms", "-W"))

    def test_its_functions_are_marked_for_indirect_calls(self):  # S54
        self.assertIn("endbr64", tool("objdump", "-d", "--no-show-raw-insn", "--disassemble=main"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
