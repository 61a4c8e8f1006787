"""The reference pages: what callers are told, what can be set, asked for and watched."""

import re

from docs_checks.api import DESCRIPTION, load_description
from docs_checks.project import (
    Project,
    compare,
    first_columns,
    inline_code,
    names_in_switch,
    table_under,
    without_fences,
)

# What the program reads beside the settings.
OTHER_VARIABLES = {"DIBS_CONFIG", "DIBS_TOKEN"}

# Named like metrics, and none.
CMAKE_FUNCTIONS = {"dibs_room", "dibs_test"}
# Of PostgreSQL, in deploy/postgres/roles.sql.
ROLES = {"dibs_owner", "dibs_service"}

# Status, code and title, as the table of problems and the HTTP room write them.
PROBLEM = r'\{(\d{3}), "([a-z-]+)",\s*"([^"]+)"'

# Options that every command has.
OTHER_OPTIONS = {"help", "version", "config"}


def check_problems(project: Project) -> list[str]:
    answer = project.read("src/controller/answer.cc")
    told = set(re.findall(PROBLEM, answer))
    in_code = {(status, code) for status, code, _ in told}
    rows = first_columns(project.read("docs/reference/problems.md"), 2)
    in_page = {(status, code) for status, code in rows if status.isdigit()}
    enum = load_description(project)["components"]["schemas"]["ProblemCode"]["enum"]
    complaints = compare(
        "problem",
        {" ".join(one) for one in in_code},
        {" ".join(one) for one in in_page},
        "docs/reference/problems.md",
    )
    complaints += compare("problem", {code for _, code in in_code}, set(enum), DESCRIPTION)
    # The HTTP room doesn't know the table, and answers by itself; a type has one title all the same.
    for path in ("src/http/refusal.cc", "src/http/reply.cc", "src/http/router.cc"):
        for problem in re.findall(PROBLEM, project.read(path)):
            if problem not in told:
                complaints.append(f"{path}: {' '.join(problem)} is not in the table of answer.cc")
    return complaints


def check_outcomes(project: Project) -> list[str]:
    page = "docs/reference/outcomes.md"
    in_code = names_in_switch(project, "src/domain/issue_outcome.cc", "IssueOutcome")
    rows = first_columns(project.read(page), 2)
    in_page = [name for number, name in rows if number.isdigit()]
    complaints = compare("outcome", set(in_code), set(in_page), page)
    if not complaints and in_code != in_page:
        complaints.append(f"{page}: the order of precedence is another one than the code's")
    return complaints


def check_failures(project: Project) -> list[str]:
    page = "docs/reference/failures.md"
    in_code = set(names_in_switch(project, "src/base/failure.cc", "FailureKind"))
    table = table_under(project.read(page), "kind")
    in_page = {name for (name,) in first_columns(table, 1)} - {"kind"}
    return compare("failure", in_code, in_page, page)


def setting_names(project: Project) -> set[str]:
    return set(re.findall(r'\.name = "([a-z-]+)"', project.read("src/app/setting_table.cc")))


def variable_of(setting: str) -> str:
    return "DIBS_" + setting.upper().replace("-", "_")


def check_settings(project: Project) -> list[str]:
    page = "docs/reference/configuration.md"
    in_code = {f"--{name} {variable_of(name)}" for name in setting_names(project)}
    in_page = set()
    for flag, variable in first_columns(project.read(page), 2):
        if flag.startswith("--"):
            in_page.add(f"{flag.split()[0]} {variable}")
    complaints = compare("setting", in_code, in_page, page)
    known = {variable_of(name) for name in setting_names(project)} | OTHER_VARIABLES
    # What the long forms of the trials are told is said where they are run.
    known |= set(re.findall(r"\bDIBS_[A-Z_]+\b", project.read("Makefile")))
    for document in project.pages():
        for variable in sorted(set(re.findall(r"\bDIBS_[A-Z_]+\b", project.read(document)))):
            if variable not in known:
                complaints.append(f"{document}: there is no variable {variable}")
    return complaints


def command_forms(project: Project) -> tuple[set[str], set[str]]:
    """The names of all commands, and those of their options. A command's form has options."""
    meaning = r'\.meaning =\s*"(?:[^"\\]|\\.|"\s*")*"'
    form = re.compile(rf'\.name = "([a-z][a-z -]*)"(,\s*{meaning},\s*\.options)?')
    commands, options = set(), set()
    for path in project.files("src/app", ".cc"):
        if path.endswith("_forms.cc"):
            for name, is_command in form.findall(project.read(path)):
                (commands if is_command else options).add(name)
    return commands, options


def check_commands(project: Project) -> list[str]:
    page = "docs/reference/command-line.md"
    text = project.read(page)
    commands, options = command_forms(project)
    headings = set(re.findall(r"^## `dibs ([a-z ]+)`$", text, re.MULTILINE))
    families = {command.partition(" ")[0] for command in commands if " " in command}
    complaints = compare("command", commands, headings - families, page)
    plain = without_fences(text)
    mentioned = set(re.findall(r"`--([a-z][a-z-]*)", plain))
    complaints += [f"{page}: option --{one} is missing" for one in sorted(options - mentioned)]

    known = options | setting_names(project) | OTHER_OPTIONS
    for document in project.pages():
        for option in sorted(set(re.findall(r"`--([a-z][a-z-]*)", project.read(document)))):
            if option not in known:
                complaints.append(f"{document}: there is no option --{option}")
    return complaints


def check_metrics(project: Project) -> list[str]:
    page = "docs/reference/metrics.md"
    in_code = set()
    for path in project.files("src", ".cc"):
        in_code |= set(re.findall(r'"(dibs_[a-z0-9_]+)"', project.read(path)))
    rows = first_columns(project.read(page), 4)
    in_page = {name for name, *_ in rows if re.fullmatch(r"dibs_[a-z0-9_]+", name)}
    complaints = compare("metric", in_code, in_page, page)
    programs = set()
    for room in ("crash", "simulation"):
        built = project.read(f"tests/{room}/CMakeLists.txt")
        programs |= set(re.findall(r"(?:dibs_test|add_executable)\((dibs_\w+)", built))
    for document in project.pages():
        for code in inline_code(project.read(document)):
            metric = re.match(r"dibs_[a-z0-9_]+", code)
            if metric and metric[0] not in in_code | CMAKE_FUNCTIONS | ROLES | programs:
                complaints.append(f"{document}: there is no metric {metric[0]}")
    return complaints
