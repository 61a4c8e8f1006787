"""The project's files, and what the checks share."""

import re
from pathlib import Path

# Machine-made or somebody else's: no documents of ours.
SKIPPED_FOLDERS = {".git", "build", "node_modules", ".cache"}


class Project:
    """The project's files; `changed` has texts that take the place of what the disk has."""

    def __init__(self, root: Path, changed: dict[str, str] | None = None):
        self.root = root
        self.changed = changed or {}

    def read(self, path: str) -> str:
        if path in self.changed:
            return self.changed[path]
        return (self.root / path).read_text(encoding="utf-8")

    def with_text(self, path: str, text: str) -> "Project":
        """The same project, with one file changed."""
        return Project(self.root, {**self.changed, path: text})

    def has(self, path: str) -> bool:
        return path in self.changed or (self.root / path).exists()

    def files(self, folder: str, *endings: str) -> list[str]:
        """The files below a folder, as paths from the root."""
        found = []
        for path in sorted((self.root / folder).rglob("*")):
            inner = path.relative_to(self.root)
            if path.suffix in endings and path.is_file() and not SKIPPED_FOLDERS & set(inner.parts):
                found.append(str(inner))
        return found

    def documents(self) -> list[str]:
        """Every page, whoever keeps it."""
        return self.files(".", ".md")

    def pages(self) -> list[str]:
        """The pages about the program: those at the top, and those in docs/."""
        return [path for path in self.documents() if "/" not in path or path.startswith("docs/")]

    def sources(self) -> str:
        return "\n".join(self.read(path) for path in self.files("src", ".cc", ".h"))


def compare(what: str, in_code: set, in_page: set, page: str) -> list[str]:
    """A complaint for each element that only one of both sides has."""
    complaints = [f"{page}: {what} {one} is missing" for one in sorted(in_code - in_page)]
    complaints += [f"{page}: the code has no {what} {one}" for one in sorted(in_page - in_code)]
    if not in_code:
        complaints.append(f"{page}: no {what} was found in the code; has its table another form?")
    return complaints


def without_fences(text: str) -> str:
    """The text with its fenced code blanked out, line for line."""
    lines, is_code = [], False
    for line in text.split("\n"):
        is_fence = line.lstrip().startswith("```")
        lines.append("" if is_code or is_fence else line)
        is_code ^= is_fence
    return "\n".join(lines)


def inline_code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", without_fences(text))


def first_columns(text: str, columns: int) -> list[tuple[str, ...]]:
    """The first cells of each table's rows, without their backticks. Rows whose first cell is empty
    are left out."""
    rows = []
    for line in without_fences(text).split("\n"):
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) >= columns and not set(cells[0]) <= set("-: "):
            rows.append(tuple(cells[:columns]))
    return rows


def table_under(text: str, heading: str) -> str:
    """The one table of a page whose heading begins with `| heading |`."""
    return text[text.index(f"| {heading} |") :].split("\n\n")[0]


def names_in_switch(project: Project, path: str, enumeration: str) -> list[str]:
    """The names that `case Enumeration::x: return "name"` gives, in their order."""
    return re.findall(rf'case {enumeration}::\w+: return "([^"]+)"', project.read(path))
