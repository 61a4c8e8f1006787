#!/usr/bin/env python3
"""Holds every statement that is sent to a PostgreSQL store against the SQL that PostgreSQL, Citus,
YugabyteDB and CockroachDB share, and against two rules of our own: every parameter says its type, and a
lock is never taken in the statement that reads what it protects.

Method: the string literals of src/repository/postgres_*, those that follow each other joined, and the
tables of schema/postgres/ but for the triggers. What is outside, and is meant to be, stands in ALLOWED with its
reason. `--self-test` plants one breach of each rule and checks that it, and only it, is found.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
REPOSITORY = ROOT / "src/repository"
TABLES = [REPOSITORY / "schema/postgres" / name for name in ("0001_books.sql", "0003_shards.sql")]

VERBS = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|BEGIN|LOCK|LISTEN|UNLISTEN|CREATE|FETCH|DECLARE|SET)\b")

RULES = [
    ("a sequence of ids", r"\b(nextval|currval|bigserial|serial|IDENTITY)\b",
     "take the next number by a key that refuses it twice"),
    ("an advisory lock", r"\bpg_\w*advisory\w*\b", "lock the row"),
    ("LISTEN or NOTIFY", r"\b(LISTEN|UNLISTEN|NOTIFY|pg_notify)\b", "ask again within a bound"),
    ("a data-modifying WITH", r"\bWITH\b[^;]*\bAS\s*\(\s*(INSERT|UPDATE|DELETE)\b",
     "send two statements in one batch"),
    ("MERGE or a named constraint", r"\b(MERGE INTO|ON CONSTRAINT)\b", "INSERT … ON CONFLICT (columns)"),
    ("the server's own clock", r"\b(now\(\)|current_timestamp|clock_timestamp|localtimestamp)",
     "send the time as a parameter"),
    ("what only PostgreSQL has", r"\b(ctid|xmin|xmax|pg_\w+|LOCK TABLE|TABLESAMPLE|LATERAL \(VALUES)\b",
     "say it with tables and keys"),
    ("a parameter without its type", r"\$\d+(?!\d|::)", "write $1::bigint"),
    ("a lock together with what it protects",
     r"\b(sum|count|max|min)\s*\([^;]*\bFOR UPDATE\b|\bJOIN\b[^;]*\bFOR UPDATE\b(?! SKIP)",
     "lock first; read in a later statement, whose snapshot is younger than the lock"),
    ("an ON CONFLICT that hides a lost race in the books",
     r"INSERT INTO (coupon_inventory|coupon_inventory_history|registered_coupon)\b[^;]*\bON CONFLICT\b",
     "let the key refuse it"),
]

# file, rule, why it is right there
ALLOWED = {
    ("postgres_stream_watch.cc", "LISTEN or NOTIFY"): "only shortens a wait; what is said is what was asked",
    ("postgres_store.cc", "LISTEN or NOTIFY"): "asks whether the engine has it",
    ("postgres_coupon_repository.cc", "LISTEN or NOTIFY"): "sent only where the engine has it",
    ("postgres_coupon_repository.cc", "what only PostgreSQL has"): "pg_notify, as above",
    ("postgres_store.cc", "what only PostgreSQL has"): "pg_database_size, for a gauge",
    ("postgres_migrations.cc", "what only PostgreSQL has"): "nodes that start at once take turns",
    ("postgres_compaction_repository.cc", "the server's own clock"):
        "who leads must not hang on the nodes' clocks",
}

LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def statements_of(text: str) -> list[tuple[int, str]]:
    """Each literal that begins like a statement, joined with those that follow it, and its line."""
    found = []
    end = None
    for match in LITERAL.finditer(text):
        value = match.group(1).replace('\\"', '"')
        joins = end is not None and text[end:match.start()].strip() == ""
        line = text.count("\n", 0, match.start()) + 1
        if joins and found:
            found[-1] = (found[-1][0], found[-1][1] + value)
        else:
            found.append((line, value))
        end = match.end()
    return [(line, sql) for line, sql in found if VERBS.match(sql)]


def check_statement(file: str, line: int, sql: str) -> list[str]:
    errors = []
    for name, pattern, instead in RULES:
        if re.search(pattern, sql) and (file, name) not in ALLOWED:
            errors.append(f"{file}:{line}: {name}; {instead}")
    return errors


def check_project() -> list[str]:
    errors = []
    seen = 0
    for path in sorted(REPOSITORY.glob("postgres_*.*")):
        for line, sql in statements_of(path.read_text()):
            seen += 1
            errors += check_statement(path.name, line, sql)
    for path in TABLES:
        errors += check_statement(path.name, 1, re.sub(r"--[^\n]*", "", path.read_text()))
    if seen < 40:
        errors.append(f"only {seen} statements were found: the check no longer reads them")
    for file, name in ALLOWED:
        pattern = next(pattern for rule, pattern, _ in RULES if rule == name)
        if not any(re.search(pattern, sql) for _, sql in statements_of((REPOSITORY / file).read_text())):
            errors.append(f"{file}: nothing needs to be allowed {name} any more")
    return errors


BREACHES = {
    "a sequence of ids": "INSERT INTO coupon (id) VALUES (nextval('ids'))",
    "an advisory lock": "SELECT pg_advisory_xact_lock($1::bigint)",
    "LISTEN or NOTIFY": "LISTEN elsewhere",
    "a data-modifying WITH": "WITH gone AS (DELETE FROM coupon_inventory RETURNING 1) SELECT 1 FROM gone",
    "MERGE or a named constraint": "MERGE INTO coupon USING other ON true",
    "the server's own clock": "SELECT now()",
    "what only PostgreSQL has": "SELECT ctid FROM coupon",
    "a parameter without its type": "SELECT 1 FROM coupon WHERE id = $1",
    "a lock together with what it protects":
        "SELECT sum(i.amount) FROM coupon_inventory AS i FOR UPDATE",
    "an ON CONFLICT that hides a lost race in the books":
        "INSERT INTO registered_coupon (user_id) VALUES ($1::text) ON CONFLICT DO NOTHING",
}


def self_test() -> list[str]:
    errors = []
    for name, sql in BREACHES.items():
        literal = "constexpr auto sql =\n    \"" + sql.replace(" FROM", '"\n    " FROM') + '";'
        found = [error for line, text in statements_of(literal)
                 for error in check_statement("planted.cc", line, text)]
        if len(found) < 1 or not any(name in error for error in found):
            errors.append(f"{name}: planted, and not found: {found}")
        if any(name not in error for error in found) and name != "an advisory lock":
            errors.append(f"{name}: planted alone, but found: {found}")
    missing = {name for name, _, _ in RULES} - set(BREACHES)
    return errors + [f"{name}: has no planted breach" for name in sorted(missing)]


def main() -> int:
    errors = self_test() if "--self-test" in sys.argv else check_project()
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
