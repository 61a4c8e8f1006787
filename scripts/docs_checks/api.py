"""The HTTP API: routes.cc, openapi.yaml and http-api.md."""

import re

import yaml

from docs_checks.project import Project, compare, names_in_switch

HTTP_METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}

DESCRIPTION = "docs/reference/openapi.yaml"
API_PAGE = "docs/reference/http-api.md"


def routes_in_code(project: Project) -> set[str]:
    """`public GET /path`, `operators POST /path`."""
    text = project.read("src/controller/routes.cc")
    _, _, tables = text.partition("public_routes(")
    public, _, admin = tables.partition("admin_routes(")
    routes = set()
    for listener, table in (("public", public), ("operators", admin)):
        for method, path in re.findall(r'Method::(\w+),\s*"(/[^"]*)"', table):
            routes.add(f"{listener} {method.upper()} {path}")
    return routes


def load_description(project: Project) -> dict:
    return yaml.safe_load(project.read(DESCRIPTION))


def listeners_of(servers: list[dict]) -> list[str]:
    """By the ports that both have without configuration."""
    names = {"8080": "public", "8081": "operators"}
    return [names.get(server["url"].rpartition(":")[2], server["url"]) for server in servers]


def check_routes(project: Project) -> list[str]:
    in_code = routes_in_code(project)
    description = load_description(project)
    described = set()
    for path, item in description["paths"].items():
        for listener in listeners_of(item.get("servers", description["servers"])):
            for method in HTTP_METHODS & item.keys():
                described.add(f"{listener} {method.upper()} {path}")

    headings = {"## The public listener": "public", "## The operators' listener": "operators"}
    told, listener = set(), ""
    for line in project.read(API_PAGE).split("\n"):
        listener = headings.get(line, listener)
        heading = re.fullmatch(r"### `([A-Z]+ /\S*)`", line)
        if heading:
            told.add(f"{listener} {heading[1]}")
    return compare("route", in_code, described, DESCRIPTION) + compare(
        "route", in_code, told, API_PAGE
    )


def references_in(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for value in node.values() for one in references_in(value)]
    if isinstance(node, list):
        return [one for value in node for one in references_in(value)]
    return []


def resolve(description: dict, reference: str) -> dict | None:
    node: object = description
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else None


def path_parameters(description: dict, operation: dict) -> set[str]:
    """The names of the parameters that an operation declares to be in its path."""
    declared = set()
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            parameter = resolve(description, parameter["$ref"]) or {}
        if parameter.get("in") == "path":
            declared.add(parameter["name"])
    return declared


def check_description(project: Project) -> list[str]:
    """What openapi.yaml promises itself: references, names of operations, parameters of paths."""
    description = load_description(project)
    references = set(references_in(description))
    complaints = [
        f"{DESCRIPTION}: {reference} leads nowhere"
        for reference in sorted(references)
        if resolve(description, reference) is None
    ]
    for kind, parts in description["components"].items():
        for name in parts:
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in references:
                complaints.append(f"{DESCRIPTION}: nobody refers to {kind}/{name}")
    operations: set[str] = set()
    for path, item in description["paths"].items():
        for method in sorted(HTTP_METHODS & item.keys()):
            name = item[method]["operationId"]
            if name in operations:
                complaints.append(f"{DESCRIPTION}: {name} is declared twice")
            operations.add(name)
            in_path = set(re.findall(r"\{(\w+)\}", path))
            for parameter in sorted(path_parameters(description, item[method]) ^ in_path):
                complaints.append(f"{DESCRIPTION}: {name}: the parameter {parameter} of its path")
    return complaints


def check_enumerations(project: Project) -> list[str]:
    """Words that openapi.yaml lists, and that the code has a switch for."""
    schemas = load_description(project)["components"]["schemas"]
    lists = [
        ("src/domain/coupon_inventory.cc", "InventoryKind", schemas["Event"]["properties"]["kind"]),
        ("src/domain/registered_coupon.cc", "RegistrationStatus", schemas["Status"]),
        (
            "src/repository/compaction_repository.cc",
            "CompactionTrigger",
            schemas["CompactionRun"]["properties"]["trigger"],
        ),
    ]
    complaints = []
    for path, enumeration, schema in lists:
        in_code = set(names_in_switch(project, path, enumeration))
        complaints += compare(enumeration, in_code, set(schema["enum"]), DESCRIPTION)
    return complaints
