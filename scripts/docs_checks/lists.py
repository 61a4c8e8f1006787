"""Lists that have to be whole: tables, rooms, decisions; and the version."""

import re

from docs_checks.api import DESCRIPTION, load_description
from docs_checks.project import Project, compare, first_columns, table_under


def check_tables(project: Project) -> list[str]:
    page = "docs/ARCHITECTURE.md"
    in_code = set()
    for path in project.files("src/repository", ".sql", ".cc"):
        text = project.read(path)
        in_code |= set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", text))
    table = table_under(project.read(page), "table")
    in_page = {name for (name,) in first_columns(table, 1)} - {"table"}
    return compare("table", in_code, in_page, page)


def check_rooms(project: Project) -> list[str]:
    page = "docs/ARCHITECTURE.md"
    in_code = set(re.findall(r"add_subdirectory\((\w+)\)", project.read("src/CMakeLists.txt")))
    table = table_under(project.read(page), "room")
    in_page = {name for (name,) in first_columns(table, 1)} - {"room"}
    return compare("room", in_code, in_page, page)


def check_decisions(project: Project) -> list[str]:
    page = "docs/decisions/README.md"
    pages = {path.rpartition("/")[2] for path in project.files("docs/decisions", ".md")}
    numbered = sorted(name for name in pages if re.match(r"\d{4}-", name))
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", project.read(page))
    complaints = compare("decision", set(numbered), set(listed), page)
    for place, name in enumerate(numbered, start=1):
        number = f"{place:04}"
        if not name.startswith(number):
            complaints.append(f"docs/decisions/{name}: the number after the one before is {number}")
        elif not project.read(f"docs/decisions/{name}").startswith(f"# {number}: "):
            complaints.append(f"docs/decisions/{name}: its heading has another number")
    return complaints


def check_version(project: Project) -> list[str]:
    found = re.search(r"project\(dibs VERSION ([0-9.]+)", project.read("CMakeLists.txt"))
    version = found[1] if found else ""
    complaints = []
    if load_description(project)["info"]["version"] != version:
        complaints.append(f"{DESCRIPTION}: the version is {version}")
    if f"## [{version}]" not in project.read("CHANGELOG.md"):
        complaints.append(f"CHANGELOG.md: it says nothing of {version}")
    return complaints
