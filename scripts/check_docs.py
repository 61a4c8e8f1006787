#!/usr/bin/env python3
"""Holds the documents against the code, and says where they disagree.

    scripts/check_docs.py              one line for each disagreement; 1 if there is any
    scripts/check_docs.py --self-test  breaks one thing after another, and expects to be told of it

What is compared: links and the places that they lead to; files and functions that pages name;
routes with openapi.yaml and http-api.md; problems, outcomes, failures, settings, metrics and
commands with their reference pages; kinds and states in openapi.yaml; tables, rooms and decisions
with their lists; the version. Everything goes both ways: what is missing in a page, and what only a
page knows.

The code is read as text, by the form in which its tables are written. If a table takes another
form, nothing is found in it, and that is a disagreement too.

Needs Debian's python3-yaml.
"""

import sys
from pathlib import Path

# Before the checks are imported: what Python would leave beside them belongs to nobody.
sys.dont_write_bytecode = True

from docs_checks import api, lists, names, reference
from docs_checks.breakages import BREAKAGES, goes_unnoticed
from docs_checks.project import Project

CHECKS = [
    names.check_links,
    names.check_named_files,
    names.check_named_functions,
    api.check_routes,
    api.check_description,
    api.check_enumerations,
    reference.check_problems,
    reference.check_outcomes,
    reference.check_failures,
    reference.check_settings,
    reference.check_commands,
    reference.check_metrics,
    lists.check_tables,
    lists.check_rooms,
    lists.check_decisions,
    lists.check_version,
]


def self_test(project: Project) -> int:
    missed = [breakage for breakage in BREAKAGES if goes_unnoticed(breakage, project)]
    for check, path, there, instead, _ in missed:
        print(f"{check.__name__}: {path}: {there!r} became {instead!r}, and nobody noticed")
    tried = {breakage.check for breakage in BREAKAGES}
    untried = [check.__name__ for check in CHECKS if check not in tried]
    for name in untried:
        print(f"{name}: the self-test doesn't try it")
    print(f"{len(BREAKAGES)} breakages, {len(missed)} went unnoticed.")
    return 1 if missed or untried else 0


def main(arguments: list[str]) -> int:
    project = Project(Path(__file__).resolve().parent.parent)
    if arguments == ["--self-test"]:
        return self_test(project)
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    complaints = [complaint for check in CHECKS for complaint in check(project)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
