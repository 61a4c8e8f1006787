#!/usr/bin/env python3
"""Holds the #include lines of src/ against the arrows of layers.txt.

Method: every quoted include names its room first (`#include "domain/coupon.h"`); an arrow that
layers.txt does not have, a circle in layers.txt itself, or a room that it does not name is an error.
`--self-test` plants one of each and checks that it is found.
"""

import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'^#include "([a-z_]+)/', re.MULTILINE)


def read_layers(text: str) -> dict[str, set[str]]:
    layers = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            room, _, uses = line.partition(":")
            layers[room] = set(uses.split())
    return layers


def find_circles(layers: dict[str, set[str]]) -> list[str]:
    """Takes away rooms that use nothing that is left; what stays stands in a circle."""
    left = dict(layers)
    while True:
        ground = [room for room, uses in left.items() if not uses & left.keys()]
        if not ground:
            return [f"layers.txt: {room} stands in a circle" for room in sorted(left)]
        for room in ground:
            del left[room]


def check(src: pathlib.Path, layers: dict[str, set[str]]) -> list[str]:
    errors = find_circles(layers)
    for path in sorted(src.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        room = path.relative_to(src).parts[0]
        if room not in layers:
            errors.append(f"{path}: layers.txt names no room {room}")
            continue
        for used in INCLUDE.findall(path.read_text()):
            if used != room and used not in layers[room]:
                errors.append(f"{path}: {room} may not include {used} (tests/tidy/layers.txt)")
    return errors


def self_test() -> list[str]:
    layers = {"base": set(), "domain": {"base"}}
    with tempfile.TemporaryDirectory() as folder:
        src = pathlib.Path(folder)
        for room in ("base", "domain", "cellar"):
            (src / room).mkdir()
        (src / "domain" / "coupon.h").write_text('#include "base/instant.h"\n')
        if check(src, layers):
            return ["an allowed arrow was refused"]
        (src / "base" / "clock.h").write_text('#include "domain/coupon.h"\n')
        (src / "cellar" / "wine.h").write_text("\n")
        missed = []
        if len(check(src, layers)) != 2:
            missed.append("an arrow upwards or a room without a name went unnoticed")
        if not find_circles({"base": {"domain"}, "domain": {"base"}}):
            missed.append("a circle went unnoticed")
        return missed


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        errors = self_test()
    else:
        here = pathlib.Path(__file__).parent
        layers = read_layers((here / "layers.txt").read_text())
        errors = check(here.parent.parent / "src", layers)
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
