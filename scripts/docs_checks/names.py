"""Links, and the files and functions that pages name."""

import re
from os.path import normpath
from pathlib import Path

from docs_checks.project import Project, inline_code, without_fences

# `make bench` writes there; a page may name what it will write.
MADE_LATER = ("bench/results/",)

STANDARD_LIBRARY = ("std::", "ranges::", "views::")


def anchors_of(text: str) -> set[str]:
    """The places in a page that links can lead to, as GitHub names them."""
    anchors: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?)\s*$", without_fences(text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number, name = 0, slug
        while name in anchors:
            number += 1
            name = f"{slug}-{number}"
        anchors.add(name)
    return anchors


def check_links(project: Project) -> list[str]:
    complaints = []
    for page in project.documents():
        text = re.sub(r"`[^`\n]*`", "", without_fences(project.read(page)))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            place = normpath(Path(page).parent / path) if path else page
            if place.startswith("..") or not project.has(place):
                complaints.append(f"{page}: the link {target} leads nowhere")
            elif anchor and anchor not in anchors_of(project.read(place)):
                complaints.append(f"{page}: the link {target} leads to no heading")
    return complaints


def check_named_files(project: Project) -> list[str]:
    """Files in backticks, from the root or from src/."""
    complaints = []
    for page in project.pages():
        for code in inline_code(project.read(page)):
            if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+\.(cc|h|sql|cmake|sh|py|md|yaml|txt)", code):
                continue
            if code.startswith(MADE_LATER):
                continue
            beside = Path(page).parent / code
            if not any(project.has(str(at)) for at in (Path(code), Path("src") / code, beside)):
                complaints.append(f"{page}: there is no file {code}")
    return complaints


def check_named_functions(project: Project) -> list[str]:
    """Names such as `WaitingLine::join`, in backticks."""
    complaints = []
    words = set(re.findall(r"\w+", project.sources()))
    for page in project.pages():
        for code in inline_code(project.read(page)):
            if not re.fullmatch(r"\w+(::\w+)+", code) or code.startswith(STANDARD_LIBRARY):
                continue
            unknown = [name for name in code.split("::") if name not in words]
            if unknown:
                complaints.append(f"{page}: the code knows no {unknown[0]} of {code}")
    return complaints
