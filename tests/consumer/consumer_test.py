#!/usr/bin/env python3
"""Takes the library as a stranger would, from the tree that this build installs.

  consumer_test.py CASE --build DIR --source DIR --prefix DIR --version X.Y.Z --cxx COMPILER

  install       installs into PREFIX, and looks at what lies there then
  find_package  builds and runs the consumer with CMake
  pkg_config    builds and runs it with pkg-config and the compiler alone
  embedded      configures a project that has the sources as a part of itself, and compiles the consumer there
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
HEADERS_OF_OTHERS = re.compile(r"boost/(describe|mp11|smart_ptr/intrusive_ptr\.hpp)|[a-z_]+$")
# What these stand on is in their own hands; whatever else of Boost or of another library arrives is a leak.
SEEN_OF_OTHERS = re.compile(r"/(boost/(?!describe/|mp11/|smart_ptr/|config|detail/|assert|core/|version|current_function|throw_exception"
                            r"|exception/|cstdint|move/|static_assert|limits)[\w/.]+|openssl/[\w.]+|zlib\.h|sys/epoll\.h|spdlog/[\w/.]+)")


class wrong(Exception):
    """One sentence for whoever reads the test's output."""


def run(*command, **more):
    """What it printed, on either stream; fails with that text."""
    command = [str(word) for word in command]
    print("+", " ".join(command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise wrong(f"status {done.returncode}:\n{done.stdout}")
    return done.stdout


def demand(condition, sentence):
    if not condition:
        raise wrong(sentence)


def fresh(place):
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place


def runs(program):
    printed = run(program, timeout=30)
    demand(printed == "OK\n", f"the consumer printed {printed!r}")


# ---------------------------------------------------------------------------------------------- what is installed

def check_files(o):
    """Nothing but the archive, the public headers, the licence, and what CMake and pkg-config read."""
    there = {path.relative_to(o.prefix).as_posix() for path in o.prefix.rglob("*") if path.is_file()}
    public = {"include/" + path.relative_to(o.source / "include").as_posix() for path in (o.source / "include").rglob("*.hpp")}
    other = {re.sub(r"^lib\w*/([\w-]+-linux-gnu\w*/)?", "lib/", name) for name in there - public}
    config = "|-debug|-release|-relwithdebinfo|-minsizerel|-noconfig"
    expected = re.compile(rf"lib/libjackfield\.a|lib/pkgconfig/jackfield\.pc|share/doc/jackfield/LICENSE"
                          rf"|lib/cmake/jackfield/(jackfield-(config|config-version|targets({config}))|Findliburing)\.cmake")
    demand(public <= there, f"not installed: {sorted(public - there)}")
    strangers = sorted(name for name in other if not expected.fullmatch(name))
    demand(not strangers, f"installed, and nobody's business: {strangers}")
    with_ring = "lib/cmake/jackfield/Findliburing.cmake" in other
    demand(len(other) == (8 if with_ring else 7), f"something is missing beside the headers: {sorted(other)}")


def check_texts(o):
    """No path of this machine in what CMake and pkg-config read; no macro and no header of others in ours."""
    places = {str(o.build), str(o.source), str(o.prefix)}
    for path in (*o.prefix.rglob("*.cmake"), *o.prefix.rglob("*.pc")):
        for place in places:
            demand(place not in path.read_text(), f"{path.name} names {place}: the tree could not be moved")
    for path in (o.prefix / "include").rglob("*.hpp"):
        text = path.read_text()
        for macro in re.findall(r"^\s*#\s*define\s+(\w+)", text, re.MULTILINE):
            demand(macro.startswith("JACKFIELD_"), f"{path.name} defines {macro}, which may be somebody else's")
        for name in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)', text, re.MULTILINE):
            demand(name.startswith("jackfield/") or HEADERS_OF_OTHERS.match(name), f"{path.name} includes {name}")


def check_headers_together(o):
    """Every header in one file, last name first, in a newer C++, with all warnings on and only the installed folder on the path."""
    names = sorted((path.relative_to(o.prefix / "include").as_posix() for path in (o.prefix / "include").rglob("*.hpp")), reverse=True)
    everything = "".join(f"#include <{name}>\n" for name in names)
    flags = ["-std=c++2b", *STRICT, "-fno-rtti", f"-I{o.prefix}/include", "-x", "c++", "-"]
    run(o.cxx, "-fsyntax-only", *flags, input=everything)
    seen = run(o.cxx, "-M", *flags, input=everything)
    leaks = sorted({found.group(1) for found in SEEN_OF_OTHERS.finditer(seen)})
    demand(not leaks, f"the public headers drag in {leaks}")


def case_install(o):
    fresh(o.prefix)
    run("cmake", "--install", o.build, "--prefix", o.prefix, "--component", "development")
    check_files(o)
    check_texts(o)
    check_headers_together(o)


# ---------------------------------------------------------------------------------------------- three ways to take it

def case_find_package(o):
    """From a tree that has been moved, since a package is made in one place and unpacked in another."""
    place = fresh(o.prefix.parent / f"find_package-{Path(o.cxx).name}")
    moved = place / "moved"
    shutil.copytree(o.prefix, moved)
    minor = ".".join(o.version.split(".")[:2])
    run("cmake", "-S", HERE / "installed", "-B", place / "build", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={o.cxx}",
        f"-DCMAKE_PREFIX_PATH={moved}", f"-DWANTED_VERSION={minor}", "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_CXX_FLAGS={' '.join(STRICT)}")
    run("cmake", "--build", place / "build")
    runs(place / "build" / "consumer")


def case_pkg_config(o):
    """No CMake: one line of pkg-config's words, with C++23."""
    place = fresh(o.prefix.parent / "pkg_config")
    folder = next(o.prefix.rglob("jackfield.pc")).parent
    settings = {**os.environ, "PKG_CONFIG_PATH": str(folder)}
    demand(run("pkg-config", "--modversion", "jackfield", env=settings).strip() == o.version, "jackfield.pc has another version")
    words = run("pkg-config", "--cflags", "--libs", "jackfield", env=settings).split()
    static = run("pkg-config", "--static", "--libs", "jackfield", env=settings).split()
    demand({"-ljackfield", "-lcrypto", "-lz"} <= set(words) & set(static), f"pkg-config leaves something out: {words} {static}")
    run(o.cxx, "-std=c++2b", *STRICT, HERE / "main.cpp", "-o", place / "consumer", *words)
    runs(place / "consumer")


def case_embedded(o):
    """The sources in somebody's project: none of our flags on their files, no warnings on ours, no programs, no tests."""
    place = fresh(o.prefix.parent / "embedded")
    run("cmake", "-S", HERE / "embedded", "-B", place, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={o.cxx}", f"-DJACKFIELD_SOURCE={o.source}",
        "-DCMAKE_CXX_STANDARD=20")
    commands = {command["file"]: command["command"] for command in json.loads((place / "compile_commands.json").read_text())}
    theirs = next(command for file, command in commands.items() if file == str(HERE / "main.cpp"))
    flags = sorted(set(theirs.split()[1:]) - {f"-I{o.source}/include", "-c", "-o"})
    leaked = [flag for flag in flags if re.match(r"-[IDWf]|-isystem", flag)]
    demand(not leaked, f"flags of ours on their file: {leaked}")
    for file, command in commands.items():
        if file != str(HERE / "main.cpp"):
            demand(file.startswith(f"{o.source}/src/"), f"{file} would be built: not of the library")
            demand(not re.search(r" -W", command), f"{file} would be compiled with our warnings: {command}")
    run("cmake", "--build", place, "--target", "CMakeFiles/consumer.dir" + str(HERE / "main.cpp") + ".o")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("case", choices=[name[5:] for name in globals() if name.startswith("case_")])
    for name in ("build", "source", "prefix"):
        options.add_argument(f"--{name}", type=Path, required=True)
    options.add_argument("--version", required=True)
    options.add_argument("--cxx", required=True)
    o = options.parse_args()
    try:
        globals()[f"case_{o.case}"](o)
    except (wrong, subprocess.TimeoutExpired) as e:
        print(e)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
