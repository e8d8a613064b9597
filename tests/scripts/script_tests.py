#!/usr/bin/env python3
"""Tests of the checking scripts: each meets a small tree in which exactly one thing is wrong, and has to name it."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
LAYERS = """
public/bytes:            # floor 0
public/server: public/bytes
base:      public/bytes
engine:    base
net:       base
server:    base engine public/*
server/server.cpp: net
apps:      public/*
examples:  public/*
engine never: <sys/ <thread>
"""
CLEAN = {
    "layers.txt": LAYERS,
    "include/jackfield/bytes.hpp": "#include <vector>\n",
    "include/jackfield/server.hpp": "#include <jackfield/bytes.hpp>\n",
    "src/base/ref.hpp": "#include <jackfield/bytes.hpp>\n",
    "src/engine/session.cpp": '#include "base/ref.hpp"\n#include <chrono>\n',
    "src/net/worker.hpp": '#include "base/ref.hpp"\n#include <sys/epoll.h>\n',
    "src/server/server.cpp": '#include "net/worker.hpp"\n#include <jackfield/server.hpp>\n',
    "apps/chat/main.cpp": '#include "rooms.hpp"\n#include <jackfield/server.hpp>\n',
    "apps/chat/rooms.hpp": "",
    "examples/hello.cpp": "int main() {}\n",
    "README.md": "# X\n\n```cpp\nint main() {}\n```\n",
    "docs/protocol-points.md": "| point | when | what |\n|---|---|---|\n| P1 | now | opens |\n| P2 | now | closes |\n| P3 | later | runs |\n",
    "tests/unit/a_test.cpp": "TEST(a, b) {}  // P1 P2\n",
}


class with_tree(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.root = Path(self.place.name)
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def run_script(self, name, *arguments):
        done = subprocess.run([sys.executable, SCRIPTS / name, *arguments, self.root], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def expect(self, name, status, *texts, arguments=()):
        got, out = self.run_script(name, *arguments)
        for text in texts:
            self.assertIn(text, out)
        self.assertEqual(got, status, out)


class check_layers(with_tree):
    def test_a_clean_tree_passes(self):
        self.expect("check_layers", 0, "9 files, 0 wrong includes")

    def test_an_include_upwards_is_named_with_its_line(self):
        self.write("src/engine/session.cpp", '#include "base/ref.hpp"\n\n#include "net/worker.hpp"\n')
        self.expect("check_layers", 1, 'src/engine/session.cpp:3: #include "net/worker.hpp"', "engine may not include net")

    def test_what_one_file_may_its_neighbour_may_not(self):
        self.write("src/server/socket.cpp", '#include "net/worker.hpp"\n')
        self.expect("check_layers", 1, "src/server/socket.cpp:1:", "server may not include net")

    def test_a_public_header_has_a_floor_too(self):
        self.write("include/jackfield/bytes.hpp", "#include <jackfield/server.hpp>\n")
        self.expect("check_layers", 1, "include/jackfield/bytes.hpp:1:", "public/bytes may not include public/server")

    def test_a_public_header_reaches_no_source(self):
        self.write("include/jackfield/server.hpp", '#include "base/ref.hpp"\n')
        self.expect("check_layers", 1, "public/server may not include base")

    def test_programs_use_the_public_interface_alone(self):
        self.write("apps/chat/main.cpp", '#include "engine/session.cpp"\n')
        self.expect("check_layers", 1, "apps may not include engine")

    def test_the_pure_column_has_no_system_header(self):
        self.write("src/engine/session.cpp", "#include <sys/socket.h>\n")
        self.expect("check_layers", 1, "engine never includes <sys/")

    def test_a_path_that_is_nobodys_is_refused(self):
        self.write("src/engine/session.cpp", '#include "session.hpp"\n')
        self.expect("check_layers", 1, "write the path from src/")

    def test_a_folder_without_a_line_is_refused(self):
        self.write("src/attic/old.hpp", '#include "base/ref.hpp"\n')
        self.expect("check_layers", 1, "attic has no line in layers.txt")

    def test_a_table_that_goes_in_a_circle_is_refused(self):
        self.write("layers.txt", LAYERS.replace("net:       base", "net:       base server"))
        self.expect("check_layers", 2, "goes round in a circle", "net -> server -> net")

    def test_a_table_with_an_unknown_name_is_refused(self):
        self.write("layers.txt", LAYERS + "hub: serber\n")
        self.expect("check_layers", 2, "hub may include serber, which has no line")


class check_readme(with_tree):
    def test_the_same_text_passes(self):
        self.expect("check_readme", 0)

    def test_a_difference_is_shown(self):
        self.write("examples/hello.cpp", "int main() { return 0; }\n")
        self.expect("check_readme", 1, "-int main() { return 0; }", "+int main() {}")


class protocol_points(with_tree):
    def test_all_points_of_now_have_a_test(self):
        self.expect("protocol_points", 0, "covered: 2 of 2 points of now, 2 of 3 in all", arguments=["--require-now"])

    def test_a_point_without_a_test_is_listed_and_refused_on_demand(self):
        self.write("tests/unit/a_test.cpp", "TEST(P2, b) {}  // P1\n")
        self.expect("protocol_points", 0, "P2    closes")
        self.expect("protocol_points", 1, "P2    closes", arguments=["--require-now"])

    def test_a_range_names_each_of_its_points(self):
        self.write("tests/talk/a.talk", "# P1-P3\n")
        self.write("tests/unit/a_test.cpp", "")
        self.expect("protocol_points", 0, "2 of 2 points of now, 3 of 3", arguments=["--require-now"])

    def test_a_point_that_does_not_exist_is_refused(self):
        self.write("tests/conformance/a.mjs", "test('x');  // P9\n")
        self.expect("protocol_points", 1, "no such point: P9, named in tests/conformance/a.mjs")


class check_text(with_tree):
    def setUp(self):
        super().setUp()
        subprocess.run(["git", "init", "-q", self.root], check=True)

    def test_a_clean_tree_passes(self):
        self.expect("check_text", 0, "0 complaints")

    def test_a_file_too_long_is_named(self):
        self.write("src/base/ref.hpp", "int x;\n" * 601)
        self.expect("check_text", 1, "src/base/ref.hpp: 601 lines")

    def test_unfinished_work_is_named_with_its_line(self):
        self.write("src/base/ref.hpp", "\n// TO" + "DO: later\n")
        self.expect("check_text", 1, "src/base/ref.hpp:2: unfinished work")

    def test_a_path_of_a_machine_is_named(self):
        self.write("docs/a.md", "see /ho" + "me/somebody/x\n")
        self.expect("check_text", 1, "docs/a.md:1: a path of somebody's machine")

    def test_a_lock_that_names_its_host_is_refused(self):
        self.write("tests/package-lock.json", '{\n  "resol' + 'ved": "https://example.com/x.tgz"\n}\n')
        self.expect("check_text", 1, "tests/package-lock.json:2: the address of a download host")

    def test_a_name_that_says_nothing_is_refused(self):
        self.write("src/base/string_utils.hpp", "")
        self.expect("check_text", 1, "a name that says nothing")


class doxygen_filter(unittest.TestCase):
    def through(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".hpp") as header:
            header.write(text)
            header.flush()
            done = subprocess.run([sys.executable, SCRIPTS / "doxygen_filter", header.name], capture_output=True, text=True, check=True)
        return done.stdout.split("\n")

    def test_a_comment_above_is_about_what_follows_and_its_overloads(self):
        out = self.through("// Opens.\nint open(int a);\nint open();\nint close();\n\nint open(char c);\n")
        self.assertEqual(out[:6], ["", "/** Opens. */ int open(int a);", "/** Opens. */ int open();", "int close();", "", "int open(char c);"])

    def test_a_comment_beside_is_about_its_line(self):
        self.assertEqual(self.through("  int a = 0;  // how many\n  int b;\n")[:2], ["  int a = 0;  ///< how many", "  int b;"])

    def test_the_opening_of_a_file_is_about_the_type_it_names(self):
        self.assertEqual(self.through("// box: holds.\n#pragma once\nclass box {\n")[2], "/** box: holds. */ class box {")

    def test_a_copy_is_not_an_overload(self):
        self.assertEqual(self.through("/// Of n.\nbox(int n);\nbox(const box&);\n")[2], "/** @private */ box(const box&);")

    def test_copying_moving_and_destroying_need_no_words(self):
        for line in ("box(box&&) noexcept;", "box& operator=(const box&);", "~box();", "box& operator=(box&& o) noexcept {"):
            self.assertEqual(self.through(line)[0], "/** @private */ " + line)
        self.assertEqual(self.through("box(box&& o, int n);")[0], "box(box&& o, int n);")
        self.assertEqual(self.through("/// Closes.\n~box();")[1], "/** Closes. */ ~box();")

    def test_what_is_the_library_s_is_hidden(self):
        self.assertEqual(self.through("/// The library's.\nint core();")[1], "/** @private The library's. */ int core();")
        self.assertIn("@private", self.through("int core();  // the library's")[0])

    def test_a_string_or_a_quote_before_a_comment_hides_none(self):
        self.assertEqual(self.through('text x = "a//b";  // say "x"')[0], 'text x = "a//b";  ///< say "x"')
        self.assertEqual(self.through("int n = 65'536;  // 2^16")[0], "int n = 65'536;  ///< 2^16")


DOCUMENTED = """// box: holds things.
#pragma once
namespace jackfield {
class box {
 public:
  box(const box&);
  int open();  // how many are in it
  int open_all() const;  // of all
};
/// How it is.
enum class state {
  open,    // one may look
  closed,  // one may not
};
}
"""


@unittest.skipUnless(shutil.which("doxygen"), "there is no doxygen")
class check_docs(unittest.TestCase):
    """The settings and the filter are the project's own; the header has one thing wrong at a time."""

    def check(self, header):
        with tempfile.TemporaryDirectory() as place:
            root = Path(place)
            for name in ("docs/Doxyfile", "docs/reference.dox", "scripts/doxygen_filter"):
                (root / name).parent.mkdir(exist_ok=True)
                shutil.copy(SCRIPTS.parent / name, root / name)
            (root / "include/jackfield").mkdir(parents=True)
            (root / "include/jackfield/box.hpp").write_text(header, encoding="utf-8")
            done = subprocess.run([sys.executable, SCRIPTS / "check_docs", root / "out", root], capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout

    def expect_complaint(self, was, becomes, place, name):
        self.assertIn(was, DOCUMENTED)
        status, out = self.check(DOCUMENTED.replace(was, becomes))
        self.assertEqual(status, 1, out)
        self.assertIn("check_docs: 1 complaints", out)
        self.assertIn(place, out)
        self.assertIn(name, out)

    def test_a_header_with_a_comment_for_each_name_passes(self):
        self.assertEqual(self.check(DOCUMENTED), (0, "check_docs: 0 complaints\n"))

    def test_a_function_without_one_is_named(self):
        self.expect_complaint("  // how many are in it", "", "box.hpp:7", "open()")

    def test_a_class_without_one_is_named(self):
        self.expect_complaint("// box: holds things.", "//", "box.hpp:4", "jackfield::box")

    def test_an_enumeration_without_one_is_named(self):
        self.expect_complaint("/// How it is.", "", "box.hpp:11", "state")

    def test_an_enumerator_without_one_is_named(self):
        self.expect_complaint("  // one may not", "", "box.hpp:11", "jackfield::state::closed")


class check_docs_without_doxygen(unittest.TestCase):
    def test_it_says_that_nothing_was_checked_and_fails_in_ci(self):
        for ci, status in (("", 77), ("true", 1)):
            done = subprocess.run([sys.executable, SCRIPTS / "check_docs", "nowhere"], capture_output=True, text=True,
                                  env={"PATH": "", "CI": ci})
            self.assertEqual((done.returncode, done.stdout), (status, "check_docs: there is no doxygen; nothing was checked\n"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
