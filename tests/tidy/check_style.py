#!/usr/bin/env python3
"""What the style bans, each ban with what to do instead, held against src/, tests/ and bench/.

Method: patterns over the lines of each C++ file, comments left out where a comment may say the word.
`--self-test` plants one breach of each ban and checks that it, and only it, is found.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
LINES_MAX = 400
COLUMNS_MAX = 100


class Ban:
    def __init__(self, name, pattern, instead, only=r"", but=r"(?!)", in_comments=False):
        self.name = name
        self.pattern = re.compile(pattern)
        self.instead = instead
        self.only = re.compile(only)
        self.but = re.compile(but)
        self.in_comments = in_comments


BANS = [
    Ban("bare mutex", r"\bstd::(mutex|shared_mutex|recursive_mutex)\b",
        "keep what it guards in a base::Guarded", only=r"^src/", but=r"^src/base/guarded\.h$"),
    Ban("using namespace in a header", r"\busing namespace\b(?! std::chrono_literals)",
        "name what is used", only=r"\.h$"),
    Ban("left-over note", r"\b(TODO|FIXME|XXX)\b", "do it, or write an issue", in_comments=True),
    Ban("output that is no log", r"\bstd::(cout|cerr)\b", "log, or fmt::print in a command",
        only=r"^src/", but=r"^src/app/main\.cc$"),
    Ban("a throw", r"\bthrow\b", "return a Result", only=r"^src/"),
    Ban("a macro of our own", r"^\s*#define\b", "write a function or a constant", only=r"^src/"),
    Ban("a tab", r"\t", "four spaces", in_comments=True),
    Ban("space at a line's end", r"\s+$", "nothing", in_comments=True),
    Ban("a path of some machine", r"/(home|Users|work)/\w", "a path relative to the checkout",
        in_comments=True),
    Ban("a sleep in a test", r"\b(sleep_for|sleep_until|usleep|nanosleep)\b",
        "wait for what is waited for; or say on the line before why time itself must pass",
        only=r"^(tests|bench)/"),
]


def without_comment(line: str) -> str:
    return re.sub(r"//.*$", "", line)


def check_text(name: str, text: str) -> list[str]:
    errors = []
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if len(line) > COLUMNS_MAX:
            errors.append(f"{name}:{number}: {len(line)} columns; {COLUMNS_MAX} fit")
        for ban in BANS:
            if not ban.only.search(name) or ban.but.search(name):
                continue
            read = line if ban.in_comments else without_comment(line)
            if not ban.pattern.search(read):
                continue
            is_explained = number > 1 and lines[number - 2].strip().startswith("//")
            if ban.name == "a sleep in a test" and is_explained:
                continue
            errors.append(f"{name}:{number}: {ban.name}; instead: {ban.instead}")
    if len(lines) > LINES_MAX:
        errors.append(f"{name}: {len(lines)} lines; {LINES_MAX} fit a room")
    if name.endswith(".h") and "#pragma once" not in text:
        errors.append(f"{name}: #pragma once is missing")
    if text and not text.endswith("\n"):
        errors.append(f"{name}: no newline at the end")
    return errors


def self_test() -> list[str]:
    breaches = {
        "src/a/a.h": ["#pragma once\nstd::mutex m;\n", "#pragma once\nusing namespace std;\n",
                      "int a;\n", "#pragma once\n// TODO\n"],
        "src/a/a.cc": ["std::cout << 1;\n", "throw 1;\n", "#define A\n",
                       "\tint a;\n", "int a; \n", "// /home/me\n", "int a;", "int a;\n" * 401,
                       "// " + "x" * 98 + "\n"],
        "tests/a_test.cc": ["sleep_for(1);\n"],
    }
    errors = []
    for name, texts in breaches.items():
        for text in texts:
            if len(check_text(name, text)) != 1:
                errors.append(f"{name}: {text[:40]!r} gives {check_text(name, text)}")
    for name, text in {
        "src/base/guarded.h": "#pragma once\nstd::mutex m;\n",
        "src/a/a.cc": "// a mutex is std::mutex, and we never throw\n",
        "tests/a_test.cc": "// The kernel has to notice.\nsleep_for(1);\n",
    }.items():
        errors += check_text(name, text)
    return errors


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        errors = self_test()
    else:
        errors = []
        for folder in ("src", "tests", "bench"):
            for path in sorted((ROOT / folder).rglob("*")):
                if path.suffix in (".h", ".cc"):
                    errors += check_text(path.relative_to(ROOT).as_posix(), path.read_text())
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
