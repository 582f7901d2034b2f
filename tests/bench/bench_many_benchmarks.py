"""A small study of many benchmarks: how much of its build is the start of Python, again and again.

    python tests/bench/bench_many_benchmarks.py [--other CHECKOUT]

Experiments of one pretrained base, trained for a moment, are sampled on many benchmarks of a few problems each. With
`--other`, another checkout of the project builds the same study by turns, and the samples are compared byte for byte.
"""

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import yaml
from quick import parsed

from linked_project import PARTS, PROJECT

STUDY = "config/many.yaml"
SAMPLES = "results/many/samples"


def study(experiments: int, benchmarks: int) -> dict[str, Any]:
    """`experiments` in all, of which the first is the base itself."""
    trained = {
        f"sft_{i}": {
            "from": "base",
            "stage": "sft",
            "traces": ["public"],
            "method": "lora",
            "epochs": 1,
            "learning_rate": 1e-3 * (i + 1),
        }
        for i in range(experiments - 1)
    }
    names = [f"test_{i}" for i in range(benchmarks)]
    return {
        "study": "many",
        "models": {"base": {"steps": 40, "batch_size": 24}},
        "problems": {
            name: {"source": "pocket", "split": "evaluation", "size": 20 + i, "levels": [1 + i % 3]}
            for i, name in enumerate(names)
        },
        "benchmarks": {name: {"problems": name, "max_tokens": 56} for name in names},
        "traces": {"public": {"kind": "pocket_public", "size": 60, "levels": [1]}},
        "experiments": {"baseline": {"from": "base", "stage": "none"}} | trained,
        "grading": {"methods": ["boxed"]},
        "comparisons": {"baseline": "baseline"},
    }


def project(folder: Path, checkout: Path, text: str) -> Path:
    folder.mkdir()
    for part in set(PARTS) - {"config"}:
        (folder / part).symlink_to(checkout / part)
    shutil.copytree(checkout / "config", folder / "config")
    (folder / STUDY).write_text(text, encoding="utf-8")
    return folder


def seconds(folder: Path, *targets: str) -> tuple[float, float]:
    """Wall clock and CPU of one build."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", "2", "--configfile", STUDY, "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def samples(folder: Path) -> dict[str, str]:
    root = folder / SAMPLES
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=3)
    parser.add_argument("--benchmarks", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--other", type=Path, help="another checkout of the project, to compare with")
    options = parsed(parser, experiments=2, benchmarks=2, repeats=1)
    os.environ["WANDB_MODE"] = "disabled"
    checkouts = [PROJECT] + ([options.other.resolve()] if options.other else [])
    asked = study(options.experiments, options.benchmarks)
    text = yaml.safe_dump(asked, sort_keys=False)
    drawn = [f"{SAMPLES}/{e}/{b}.parquet" for e in asked["experiments"] for b in asked["benchmarks"]]
    print(
        f"{options.experiments} experiments on {options.benchmarks} benchmarks, two cores; wall clock and CPU seconds"
    )
    print(f"{'':40}{'models':>14}{'samples':>14}{'the rest':>14}")
    for _ in range(options.repeats):
        made = []
        for checkout in checkouts:
            with tempfile.TemporaryDirectory() as scratch:
                folder = project(Path(scratch, "project"), checkout, text)
                times = [seconds(folder, *targets) for targets in (["models"], drawn, ["all"])]
                made.append(samples(folder))
            print(f"{str(checkout)[-38:]:40}" + "".join(f"{wall:7.1f}{cpu:7.1f}" for wall, cpu in times))
        assert all(one == made[0] for one in made), "the samples are not the same bytes"


if __name__ == "__main__":
    main()
