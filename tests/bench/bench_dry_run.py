"""Dry-run of a study of a thousand jobs against a trivial Snakemake graph of as many jobs, with the same Snakemake.

    python tests/bench/bench_dry_run.py

The trivial graph is one rule without inputs, with one output a job. Both take turns, `--repeats` times; medians count.
Cold: nothing of the study is there, and all its specs are written. Warm: the specs are there and unchanged.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from quick import parsed

from linked_project import PROJECT, linked_project

STUDY = "config/thousand.yaml"
TRIVIAL = """\
rule all:
    input:
        [f"out/{{i}}" for i in range({jobs})],


rule one:
    output:
        "out/{{i}}",
    shell:
        "touch {{output}}"
"""


def write_project(folder: Path, experiments: int) -> None:
    """A project made of links to this one, with a study that extends the pocket study by many experiments."""
    shutil.copytree(PROJECT / "config", linked_project(folder, "config") / "config")
    lines = ["extends: pocket.yaml", "study: thousand", "experiments:", "  direct_rl: {seeds: null}"]
    lines += [
        f"  more_{i:03d}: {{from: base, inherits: direct_rl, learning_rate: {1e-5 * (i + 1):.5f}}}"
        for i in range(experiments)
    ]
    (folder / STUDY).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_trivial(folder: Path, jobs: int) -> None:
    folder.mkdir()
    (folder / "Snakefile").write_text(TRIVIAL.format(jobs=jobs), encoding="utf-8")


def dry_run(folder: Path, *arguments: str) -> tuple[float, int]:
    """Seconds of one `snakemake -n`, and the number of jobs that it would run."""
    command = [sys.executable, "-m", "snakemake", "-n", "all", "--cores", "2", *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    # Snakemake's table counts the target, our estimate the jobs.
    total = re.search(r"^total\s+(\d+)$", done.stdout, re.MULTILINE)
    counted = re.search(r"^time: about .* for ([\d,]+) jobs", done.stderr, re.MULTILINE)
    if done.returncode or (total is None and counted is None):
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds, int(total[1]) if total else 1 + int(counted[1].replace(",", ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=98, help="experiments beside those of the pocket study")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1, help="turns that do not count")
    options = parsed(parser, experiments=2, repeats=1, warm_up=0)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    times: dict[str, list[float]] = {"trivial": [], "study, cold": [], "study, warm": []}
    with tempfile.TemporaryDirectory() as scratch:
        jobs = 0
        for repeat in range(options.warm_up + options.repeats):
            # In folders of their own: removing a thousand files would slow down the writing of the next thousand.
            project, trivial = Path(scratch, f"project{repeat}"), Path(scratch, f"trivial{repeat}")
            write_project(project, options.experiments)
            cold, jobs = dry_run(project, "--configfile", STUDY)
            warm, _ = dry_run(project, "--configfile", STUDY)
            write_trivial(trivial, jobs - 1)
            seconds, count = dry_run(trivial)
            assert count == jobs
            if repeat >= options.warm_up:  # before, bytecode is compiled and files come from the disk
                for name, taken in zip(times, (seconds, cold, warm), strict=True):
                    times[name].append(taken)
    base = statistics.median(times["trivial"])
    print(f"snakemake -n, {jobs} jobs, {options.repeats} times each")
    print(f"{'':14}{'median s':>9}{'lowest':>9}{'highest':>9}{'ratio':>8}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:14}{median:9.2f}{min(seconds):9.2f}{max(seconds):9.2f}{median / base:8.2f}")


if __name__ == "__main__":
    main()
