"""What a GPU does with this project, in eight minutes: is it right, does it fit as estimated, how fast is it?

    python tests/gpu/check.py                                # on a GPU the shape of Qwen3-4B, on a CPU a pocket one
    python tests/gpu/check.py --shape pocket --json found.json

Needs Python 3.11 or later, torch, transformers, peft and pydantic; no network, no weights, no snakemake. With TRL there
its trainer is beside ours. Prints one table and writes JSON. Ends with 1 where something is not as it should be, and
with 2 where it cannot begin. What there is no time for is skipped, and said so.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / part) for part in ("scripts", "tests", "tests/training", "tests/gpu")]

NEEDED = ("torch", "transformers", "peft", "pydantic")
OPTIONAL = ("trl", "vllm")
MINUTES = 8.0


@dataclass(frozen=True)
class Row:
    """What was found; `limit` is the most that it may be, and `ok` whether it keeps to it (None: it has none)."""

    name: str
    found: str
    limit: str = ""
    ok: bool | None = None


@dataclass(frozen=True)
class Part:
    """seconds: that it takes on an H100 with the shape of 4B parameters, and about as many on a CPU with the pocket."""

    name: str
    seconds: float
    rows: Callable[[], Iterator[Row]]


def missing(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if find_spec(name) is None]


def how_to_bring(packages: list[str]) -> str:
    """Command lines for a machine without a network."""
    version = ".".join(platform.python_version_tuple()[:2])
    names = " ".join(packages)
    return (
        f"missing: {names}. Where there is a network:\n"
        f"  python3 -m pip download --python-version {version} --only-binary :all: --dest wheels {names}\n"
        f"and here, with the folder brought along:\n"
        f"  python3 -m pip install --no-index --find-links wheels {names}"
    )


def run(parts: list[Part], minutes: float) -> list[Row]:
    """The rows of all parts; one that fails or has no time left is a row."""
    end = time.monotonic() + 60 * minutes
    rows: list[Row] = []
    for part in parts:
        left = end - time.monotonic()
        if left < part.seconds:
            found = [Row(part.name, f"skipped: {left:.0f} s left, it takes about {part.seconds:.0f}")]
        else:
            found = []
            try:
                for row in part.rows():
                    found.append(row)
                    tell(row)
            except Exception as error:  # noqa: BLE001 the other parts still tell something
                traceback.print_exc()
                found.append(Row(part.name, f"failed: {type(error).__name__}: {error}"[:200], "", ok=False))
        rows += found
    return rows


def tell(row: Row) -> None:
    print(f"{row.name}: {row.found}", file=sys.stderr, flush=True)


def table(rows: list[Row]) -> str:
    from gradus.evaluation.pipe_table import escape, pipe_table

    said = {None: "", True: "ok", False: "NO"}
    cells = [[escape(row.name), escape(row.found), escape(row.limit), said[row.ok]] for row in rows]
    return pipe_table(["What", "Found", "At most", ""], cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=("4b", "pocket"), help="of the model (default: 4b on a GPU, else pocket)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="for all of it")
    parser.add_argument("--json", type=Path, default=PROJECT / "results" / "gpu_check.json", help="where rows go too")
    options = parser.parse_args()
    if absent := missing(NEEDED):
        print(how_to_bring(absent), file=sys.stderr)
        sys.exit(2)
    import torch
    from parts import parts_of
    from workload import Workload

    shape = options.shape or ("4b" if torch.cuda.is_available() else "pocket")
    versions = {name: sys.modules[name].__version__ for name in ("torch", "transformers", "peft")}
    with tempfile.TemporaryDirectory() as scratch:
        workload = Workload.of(shape, Path(scratch))
        rows = [Row(name, "not installed") for name in missing(OPTIONAL)]
        rows += run(parts_of(workload), options.minutes)
    print(f"\n{workload.about()}; " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "\n")
    print(table(rows))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    found = {"about": workload.about(), "versions": versions, "rows": [asdict(row) for row in rows]}
    options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.exit(any(row.ok is False for row in rows))


if __name__ == "__main__":
    main()
