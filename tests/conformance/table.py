"""`examples/environments/README.md`: which environments were compared, and how closely they agree.

`pytest tests/conformance --write-table` writes the rows of what it compared and keeps the others:
not all packages go into one virtual environment.
"""

from __future__ import annotations

from tests.conformance.live import EXAMPLES, Case, Comparison

TABLE = EXAMPLES / "environments" / "README.md"

HEAD = """\
# Rewards of real environments

Each file says the reward of an environment that others wrote; a test steps the environment and
compares its own number with the program's on every step, ends of episodes included. `make
environments` installs the packages in virtual environments of their own, by the versions in
`environments.txt`, compares, and writes this table. The inputs of many of these stand in the
library, with units and ranges: `use envs.walker2d`.

*Ends* are terminations that happened; where a file declares `terminate`, it ended the same steps
and no others. *Rewards seen* counts different ones. *Largest error* is the largest absolute
difference, which the tests hold to 1e-6.

| environment | package | file | steps | episodes | ends | rewards seen | largest error | note |
|---|---|---|---|---|---|---|---|---|
"""


def row_of(case: Case, found: Comparison) -> str:
    file = case.file.removeprefix("environments/")
    link = f"[{file}]({file})" if file != case.file else f"[{file}](../{file})"
    cells = (
        case.name,
        f"{case.package} {found.version}",
        link,
        str(found.steps),
        str(found.episodes),
        str(found.ends),
        str(found.rewards),
        "0" if found.largest == 0 else f"{found.largest:.0e}",
        case.note,
    )
    return "| " + " | ".join(cells) + " |"


def rows() -> dict[str, str]:
    """The rows of the table as it stands, by environment."""
    if not TABLE.is_file():
        return {}
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    body = [line for line in lines if line.startswith("| ")][1:]
    return {line.split("|")[1].strip(): line for line in body}


def write(compared: list[tuple[Case, Comparison]]) -> None:
    kept = rows()
    kept.update({case.name: row_of(case, found) for case, found in compared})
    # By folder of the file, then by name: families stand together.
    ordered = sorted(kept.values(), key=lambda line: (line.split("|")[3], line))
    TABLE.write_text(HEAD + "\n".join(ordered) + "\n", encoding="utf-8")
