"""The contamination gate on 100,000 training rows against all benchmarks, on one core, against the usual n-gram search.

    python tests/bench/bench_contamination.py
    python tests/bench/bench_contamination.py --data ../shared/data --rows 100000

The rows are those of GSM8K's and MATH's train parts over and over, the numbers and some words of each changed at
random, with copies of benchmark problems planted among them, one in `--plant` rows: spacing, LaTeX, case or punctuation
changed. The benchmarks are GSM8K test, MATH test, MATH-500, AIME 2024 and 2025, AMC 2023 and OlympiadBench. The job
runs as in a build, from a parquet file to the list of overlaps, in a process of its own whose memory is measured.

The peer works as open-r1's scripts/decontaminate.py does: lower case, words between spaces, any 8-gram of a row in a
look-up of a benchmark's, one pass a benchmark. It runs in one process on texts in memory and lists nothing.
"""

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from quick import parsed, require

from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.specs.base import Spec
from gradus.specs.contamination import FindOverlapsSpec
from problems.contamination.planting import planted

ROOT = Path(__file__).parents[2]
TRAINING = ("gsm8k_train", "math_train")
BENCHMARKS = ("gsm8k_test", "math_test", "math500", "aime2024", "aime2025", "amc23", "olympiadbench_en_maths_comp")
SHARES = {"8": 0.9, "13": 0.8}


def texts(data: Path, name: str) -> list[str]:
    with open(data / f"{name}.jsonl", encoding="utf-8") as file:
        return [json.loads(line)["problem"] for line in file]


def perturbed(text: str, rng: random.Random, words: list[str]) -> str:
    """Another problem of the same size: other numbers, every tenth word another one."""
    text = re.sub(r"[0-9]+", lambda _: str(rng.randint(2, 999)), text)
    return re.sub(r"\b[a-z]{4,}\b", lambda m: rng.choice(words) if rng.random() < 0.1 else m[0], text)


def training_rows(data: Path, size: int, plant: int) -> Iterator[tuple[str, bool]]:
    """Texts, and whether each is a planted copy."""
    rng = random.Random(0)
    real = [text for name in TRAINING for text in texts(data, name)]
    sources = [text for name in BENCHMARKS for text in texts(data, name)]
    words = sorted({word for text in real[:2000] for word in re.findall(r"\b[a-z]{4,}\b", text)})
    for row in range(size):
        if row % plant == plant // 2:
            yield planted(rng.choice(sources), rng), True
        else:
            yield perturbed(real[row % len(real)], rng, words), False


def write_set(path: Path, lines: list[str]) -> Path:
    write_problems(path, [Problem(f"{path.stem}-{n}", text, "0", 0, "", "bench") for n, text in enumerate(lines)])
    return path


def run_job(folder: Path, training: Path, benchmarks: list[Path]) -> tuple[float, float, dict]:
    """Seconds and MiB of the job, and what it found."""
    names = [path.stem for path in benchmarks]
    settings = FindOverlapsSpec(kind="problems", set="train", benchmarks=names, shares=SHARES, near=True)
    code = fingerprint("find_overlaps.py")
    spec = Spec(stage="find_overlaps", name="bench", modules=[], settings=settings, fingerprint=code)
    write_json(folder / "spec.json", spec.model_dump(mode="json"))
    command = [sys.executable, ROOT / "scripts/find_overlaps.py", folder / "spec.json", "--training", training]
    start = time.perf_counter()
    subprocess.run([*command, "--benchmarks", *benchmarks, "--out", folder / "out.json"], check=True)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, memory, read_json(folder / "out.json")


def peer_search(lines: list[str], benchmarks: dict[str, list[str]]) -> tuple[float, set[int]]:
    """Seconds, and the rows in which the peer finds something."""

    def grams(text: str) -> set[str]:
        words = text.lower().split()
        return {" ".join(words[i : i + 8]) for i in range(len(words) - 7)}

    start = time.perf_counter()
    found: set[int] = set()
    for problems in benchmarks.values():
        known: dict[str, set[int]] = {}
        for number, problem in enumerate(problems):
            for gram in grams(problem):
                known.setdefault(gram, set()).add(number)
        found |= {row for row, line in enumerate(lines, start=1) if not known.keys().isdisjoint(grams(line))}
    return time.perf_counter() - start, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--plant", type=int, default=500)
    options = parsed(parser, rows=1000, plant=250)
    require(options.data, options, "name a folder with the published sets: --data FOLDER")
    rows = list(training_rows(options.data, options.rows, options.plant))
    benchmarks = {name: texts(options.data, name) for name in BENCHMARKS}
    with TemporaryDirectory(prefix="gradus-") as scratch:
        folder = Path(scratch)
        training = write_set(folder / "train.parquet", [text for text, _ in rows])
        files = [write_set(folder / f"{name}.parquet", lines) for name, lines in benchmarks.items()]
        seconds, memory, found = run_job(folder, training, files)
    planted_rows = {row for row, (_, is_planted) in enumerate(rows, start=1) if is_planted}
    found_rows = {pair["other_row"] for pair in found["pairs"]}
    lines = [text for text, _ in rows]
    peer_seconds, peer_rows = peer_search(lines, benchmarks)
    problems, characters = sum(map(len, benchmarks.values())), sum(map(len, lines)) / len(lines)
    print(f"{len(rows):,} rows of {characters:.0f} characters on average, {problems:,} problems")
    print("| | seconds | rows a second | MiB | planted copies found | other rows found |")
    print("|---|---|---|---|---|---|")
    contest = [("find_overlaps.py", seconds, f"{memory:.0f}", found_rows)]
    contest.append(("open-r1's way", peer_seconds, "–", peer_rows))
    for name, took, size, where in contest:
        copies = f"{len(planted_rows & where):,} of {len(planted_rows):,}"
        print(f"| {name} | {took:.1f} | {len(rows) / took:,.0f} | {size} | {copies} | {len(where - planted_rows):,} |")
    print(f"ratio {peer_seconds / seconds:.1f}")


if __name__ == "__main__":
    main()
