"""The self-test of the checks: what is broken, and what has to be said then."""

from collections.abc import Callable
from typing import NamedTuple

from docs_checks import api, lists, names, reference
from docs_checks.api import API_PAGE, DESCRIPTION
from docs_checks.project import Project

ARCHITECTURE = "docs/ARCHITECTURE.md"
COMMANDS = "docs/reference/command-line.md"
METRICS = "docs/reference/metrics.md"
OUTCOMES = "docs/reference/outcomes.md"
PROBLEMS = "docs/reference/problems.md"


class Breakage(NamedTuple):
    """A text that is changed in one file, wherever it stands there; and the check that has to
    notice, with what its complaint has to say."""

    check: Callable[[Project], list[str]]
    path: str
    there: str
    instead: str
    complaint: str


BREAKAGES = [
    Breakage(
        names.check_links, "README.md", "(CONTRIBUTING.md)", "(CONTRIBUTION.md)", "leads nowhere"
    ),
    Breakage(names.check_links, METRICS, "#limits-and-sizing", "#sizes", "no heading"),
    Breakage(
        names.check_named_files, ARCHITECTURE, "`http/router.cc`", "`http/route.cc`", "no file"
    ),
    Breakage(
        names.check_named_functions,
        ARCHITECTURE,
        "`Coupon::register_`",
        "`Coupon::enrol`",
        "enrol",
    ),
    Breakage(api.check_routes, "src/controller/routes.cc", '"/readyz"', '"/ready"', "GET /readyz"),
    Breakage(api.check_routes, DESCRIPTION, "  /livez:\n", "  /alive:\n", "GET /livez is missing"),
    Breakage(
        api.check_routes,
        DESCRIPTION,
        "8081\n        description: The operators' listener.\n",
        "9\n",
        "/problems",
    ),
    Breakage(
        api.check_routes,
        API_PAGE,
        "### `GET /metrics`",
        "### The metrics",
        "GET /metrics is missing",
    ),
    Breakage(
        api.check_description,
        DESCRIPTION,
        "schemas/CouponPage",
        "schemas/CouponPages",
        "leads nowhere",
    ),
    Breakage(
        api.check_description,
        DESCRIPTION,
        "operationId: showStock",
        "operationId: showEvent",
        "twice",
    ),
    Breakage(
        api.check_description,
        DESCRIPTION,
        "- name: run\n",
        "- name: number\n",
        "the parameter run",
    ),
    Breakage(
        api.check_enumerations, DESCRIPTION, "returned, cumulative]", "returned]", "cumulative"
    ),
    Breakage(
        reference.check_problems,
        "src/controller/answer.cc",
        '"already-returned", "',
        '"taken", "',
        "409 taken",
    ),
    Breakage(reference.check_problems, PROBLEMS, "| 429 |", "| 420 |", "429 rate-limited"),
    Breakage(
        reference.check_problems,
        DESCRIPTION,
        "        - coupon-ended\n",
        "",
        "coupon-ended is missing",
    ),
    Breakage(
        reference.check_problems,
        "src/http/router.cc",
        '{404, "not-found"',
        '{404, "nowhere"',
        "nowhere",
    ),
    Breakage(
        reference.check_problems, "src/http/refusal.cc", '"URI too long"', '"Too long"', "Too long"
    ),
    Breakage(
        reference.check_outcomes,
        "src/domain/issue_outcome.cc",
        '"replayed"',
        '"repeated"',
        "repeated",
    ),
    Breakage(reference.check_outcomes, OUTCOMES, "| 2 | `replayed`", "| 2 | `issued`", "replayed"),
    Breakage(
        reference.check_failures, "src/base/failure.cc", '"in-doubt"', '"unknown-fate"', "in-doubt"
    ),
    Breakage(
        reference.check_settings,
        "src/app/setting_table.cc",
        '"group-max"',
        '"group-most"',
        "--group-most",
    ),
    Breakage(
        reference.check_settings,
        "docs/operating/running.md",
        "**Memory**",
        "`DIBS_MEMORY`",
        "DIBS_MEMORY",
    ),
    Breakage(
        reference.check_commands,
        "src/app/service_forms.cc",
        '.name = "verify"',
        '.name = "audit"',
        "command audit",
    ),
    Breakage(reference.check_commands, COMMANDS, "`--ttl DURATION`", "`TTL`", "--ttl"),
    Breakage(
        reference.check_commands,
        "README.md",
        "`--time-zone Asia/Seoul`",
        "`--zone Asia/Seoul`",
        "--zone",
    ),
    Breakage(
        reference.check_metrics,
        "src/app/service_metrics.cc",
        '"dibs_waiting_line_max"',
        '"dibs_line_max"',
        "dibs_line_max",
    ),
    Breakage(
        reference.check_metrics, METRICS, "| `dibs_group_size` |", "| size |", "dibs_group_size"
    ),
    Breakage(lists.check_tables, ARCHITECTURE, "| `coupon_terms` |", "| `terms` |", "coupon_terms"),
    Breakage(lists.check_rooms, "src/CMakeLists.txt", "(issuing)", "(issuance)", "issuance"),
    Breakage(
        lists.check_decisions,
        "docs/decisions/README.md",
        "(0002-group",
        "(0012-group",
        "0002-group",
    ),
    Breakage(
        lists.check_version, "CMakeLists.txt", "dibs VERSION 0.", "dibs VERSION 9.", "openapi.yaml"
    ),
]


def goes_unnoticed(breakage: Breakage, whole: Project) -> bool:
    """Whether the check says nothing new. A text that is no longer there goes unnoticed, too."""
    text = whole.read(breakage.path)
    if breakage.there not in text:
        return True
    broken = whole.with_text(breakage.path, text.replace(breakage.there, breakage.instead))
    new = set(breakage.check(broken)) - set(breakage.check(whole))
    return not any(breakage.complaint in one for one in new)
