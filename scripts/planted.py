#!/usr/bin/env python3
"""Plants the bugs of tests/planted, one at a time, and says which test catches each.

    scripts/planted.py             all of them; ends with 1 if one is not caught
    scripts/planted.py 80 96       these
    scripts/planted.py --check     only whether each still fits the sources (a second; make test does it)
    scripts/planted.py --write     and writes the rows of those that were run into
                                   docs/internals/planted-bugs.md; those of the others stay

A patch begins with two lines, `Breaks: …` and `Caught by: …`. The latter says what is built and run:
`run TARGET ARGUMENTS` an executable of the build by its target's name, `api FILE…` tests of the binary,
`fuzz TARGET` a minute of scripts/fuzz.sh.
Each way is first tried without any bug: a test that fails anyway catches nothing.

Everything happens in build/planted: a copy of the tree, and a build of its own.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "tests" / "planted"
TREE = ROOT / "build" / "planted" / "tree"
BUILD = ROOT / "build" / "planted" / "build"
TABLE = ROOT / "docs" / "internals" / "planted-bugs.md"

# choice: a bug that makes a test hang is caught as well, but not waited for all day.
TEST_TIMEOUT_SECONDS = 600
# choice: to remove a folder in memory takes milliseconds.
GRACE_SECONDS = 10

BEGIN, END = "<!-- table -->", "<!-- end of table -->"


@dataclass
class Bug:
    """A patch and what its first lines say."""

    path: Path
    breaks: str
    caught_by: str

    @property
    def number(self):
        return self.path.name.split("-")[0]

    @property
    def name(self):
        return self.path.stem


@dataclass
class Outcome:
    """What became of a run of the tests."""

    passed: bool
    was_built: bool
    failed_tests: list
    log: str


def read_bugs(wanted):
    """All of tests/planted in order, or those whose numbers or names are wanted."""
    bugs = []
    for path in sorted(PLANTED.glob("*.patch")):
        said = dict(re.findall(r"^(Breaks|Caught by): (.+)$", path.read_text(), re.MULTILINE))
        if set(said) != {"Breaks", "Caught by"}:
            sys.exit(f"{path.relative_to(ROOT)}: begins with a line `Breaks: …` and one `Caught by: …`")
        bug = Bug(path, said["Breaks"], said["Caught by"])
        if not wanted or bug.number in wanted or bug.name in wanted:
            bugs.append(bug)
    if not bugs:
        sys.exit(f"planted.py: nothing in tests/planted is called {' or '.join(wanted)}")
    return bugs


def apply(bug, tree, *options):
    """Whether the patch could be applied."""
    done = subprocess.run(["git", "apply", *options, str(bug.path)], cwd=tree, capture_output=True,
                          text=True, check=False,
                          # Outside of any repository, so that paths count from the tree.
                          env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)})
    return done.returncode == 0, done.stderr.strip()


def check(bugs):
    """Whether every patch fits the sources as they are."""
    is_well = True
    for bug in bugs:
        fits, why = apply(bug, ROOT, "--check")
        if not fits:
            print(f"{bug.path.relative_to(ROOT)} does not fit any more: {why}")
            is_well = False
    return is_well


def copy_tree():
    """The tree as it stands, with what is not committed; files that did not change keep their time."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for old in (path for path in TREE.rglob("*") if path.is_file()):
        if str(old.relative_to(TREE)) not in names:
            old.unlink()
    for name in names:
        source, target = ROOT / name, TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copy(source, target)


def configure():
    """A quick build, with the checks on. Without optimisation, since most of the time is compiling."""
    subprocess.run(["cmake", "-S", str(TREE), "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                    "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DBUILD_TESTING=ON"],
                   check=True, stdout=subprocess.DEVNULL)


def find_executable(target):
    """The program that was built under this name."""
    for path in BUILD.rglob(target):
        if path.is_file() and os.access(path, os.X_OK):
            return path
    sys.exit(f"planted.py: no program is called {target}")


def run_tests(caught_by, jobs):
    """Builds and runs what a patch names."""
    kind, *words = caught_by.split()
    if kind not in ("run", "api", "fuzz") or not words:
        sys.exit(f"planted.py: not a way to catch a bug: {caught_by}")
    if kind == "fuzz":
        return run_fuzzer(words[0], jobs)
    target = "dibs" if kind == "api" else words[0]
    built = subprocess.run(["cmake", "--build", str(BUILD), "--target", target, "--", "-j", str(jobs)],
                           capture_output=True, text=True, check=False)
    if built.returncode != 0:
        return Outcome(False, False, [], built.stdout[-4000:])
    environment = {**os.environ, "DIBS_BINARY": str(BUILD / "src/app/dibs")}
    command = (["tests/run-api.sh", *words] if kind == "api"
               else [str(find_executable(target)), *words[1:]])
    ended_with, said = run_to_its_end(command, environment)
    if ended_with is None:
        return Outcome(False, True, [f"no end within {TEST_TIMEOUT_SECONDS} s"], "")
    failed = re.findall(r"^\[  FAILED  \] ([\w./]+\.[\w/]+)", said, re.MULTILINE)
    failed += re.findall(r"^\s*(?:✖|not ok \d+ -) (.+?)(?: \([\d.]+ms\))?$", said, re.MULTILINE)
    if ended_with != 0 and not failed:
        failed = [f"{target} ends with {ended_with}"]
    return Outcome(ended_with == 0, True, list(dict.fromkeys(failed)), said[-4000:])


def run_to_its_end(command, environment):
    """What tests end with, or None if they have to be ended, and what they said.

    They run in a session of their own, so that whatever they started is ended with them.
    """
    with subprocess.Popen(command, cwd=TREE, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace",
                          start_new_session=True) as tests:
        try:
            said, _ = tests.communicate(timeout=TEST_TIMEOUT_SECONDS)
            return tests.returncode, said
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            if tests.returncode is None:
                end_session(tests)


def end_session(tests):
    """Asks first: a test file that is asked removes what it has written."""
    end_by = time.monotonic() + GRACE_SECONDS
    try:
        os.killpg(tests.pid, signal.SIGTERM)
        while time.monotonic() < end_by:
            tests.poll()
            os.killpg(tests.pid, 0)
            time.sleep(0.05)
        os.killpg(tests.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # All of them have gone.


def run_fuzzer(target, jobs):
    """Builds a libFuzzer target in the tree and feeds it for a minute. A compile error has no findings."""
    done = subprocess.run(["scripts/fuzz.sh", "--seconds", "60", target], cwd=TREE, capture_output=True,
                          env={**os.environ, "JOBS": str(jobs)}, text=True, errors="replace", check=False)
    found = re.findall(r"^does not hold: (.+)$|^SUMMARY: (.+)$", done.stdout, re.MULTILINE)
    was_built = done.returncode == 0 or bool(found)
    return Outcome(done.returncode == 0, was_built, [one or other for one, other in found],
                   (done.stdout + done.stderr)[-4000:])


def plant(bug, jobs):
    """Plants a bug, runs its tests, and takes it out again."""
    fits, why = apply(bug, TREE)
    if not fits:
        return Outcome(True, False, [], f"does not fit: {why}")
    try:
        return run_tests(bug.caught_by, jobs)
    finally:
        out, why = apply(bug, TREE, "--reverse")
        if not out:
            sys.exit(f"planted.py: {bug.name} can't be taken out again: {why}")


def row_of(bug, outcome):
    """The table's line."""
    tests = [test for test in outcome.failed_tests if test != "failing tests:"]
    shown = ", ".join(f"`{test}`" for test in tests[:2])
    if len(tests) > 2:
        shown += f" and {len(tests) - 2} more"
    return f"| {bug.number} | {bug.breaks} | `{bug.caught_by}` | {shown} |"


def write_table(rows):
    """Puts the rows, by their numbers, between the marks of the table's page; others' rows stay."""
    head = ["| no. | what the bug does | run | what failed |", "|---|---|---|---|"]
    before, rest = TABLE.read_text().split(BEGIN)
    written, after = rest.split(END)
    planted = {bug.number for bug in read_bugs([])}
    by_number = {}
    for row in [*re.findall(r"^\| \d+ \|.*$", written, re.MULTILINE), *rows]:
        by_number[row.split()[1]] = row
    kept = [by_number[number] for number in sorted(by_number, key=int) if number in planted]
    TABLE.write_text(before + "\n".join([BEGIN, "", *head, *kept, "", END]) + after)


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bugs", nargs="*", help="numbers or names; all of them if none is given")
    parser.add_argument("--check", action="store_true", help="only whether the patches fit")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.relative_to(ROOT)}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    wanted = parser.parse_args()
    bugs = read_bugs(wanted.bugs)
    if wanted.check:
        sys.exit(0 if check(bugs) else 1)

    TREE.mkdir(parents=True, exist_ok=True)
    copy_tree()
    configure()
    for way in dict.fromkeys(bug.caught_by for bug in bugs):
        clean = run_tests(way, wanted.jobs)
        if not clean.passed:
            sys.exit(f"planted.py: without any bug, `{way}` fails: {clean.failed_tests}\n{clean.log}")
        print(f"   {way}: passes as long as nothing is planted", flush=True)
    rows, missed = [], []
    for bug in bugs:
        begun = time.monotonic()
        outcome = plant(bug, wanted.jobs)
        is_caught = outcome.was_built and not outcome.passed
        verdict = "caught" if is_caught else "MISSED" if outcome.was_built else "NOT BUILT"
        print(f"{verdict:9} {bug.name} ({time.monotonic() - begun:.0f} s): {bug.breaks}", flush=True)
        if is_caught:
            rows.append(row_of(bug, outcome))
            print(f"          by {', '.join(outcome.failed_tests[:3])}", flush=True)
        else:
            missed.append(bug.name)
            print(outcome.log, flush=True)
    print(f"{len(rows)} of {len(bugs)} caught")
    if wanted.write and not missed:
        write_table(rows)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
