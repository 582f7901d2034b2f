"""HellaSwag by likelihood: options a second by our readers and by lm-evaluation-harness, on the same rows and model.

The harness' time is of its loop, with the reading of the rows.

make harness && python tests/bench/bench_likelihoods.py
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import torch
from quick import parsed, require
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from gradus.models.cpu import use_one_fast_thread
from gradus.sampling.likelihoods import TextReader
from gradus.sampling.torch.reader import TorchReader
from gradus.sampling.transformers.reader import TransformersReader
from harness.harness import ROWS, ask_harness, harness_python, write_rows
from problems.published_sets import read
from training.tiny import save_tiny_model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200)
    options = parsed(parser, rows=20)
    require(ROWS, options, "fetch it")
    require(harness_python(), options, "make harness")
    count = options.rows
    use_one_fast_thread()
    with tempfile.TemporaryDirectory() as name:
        model, rows = save_tiny_model(Path(name, "model"), std=0.1).parent, Path(name, "rows.jsonl")
        write_rows(rows, count)
        problems = read("hellaswag", rows, expect_rows=count).problems
        pairs = [(problem.context, f" {option}") for problem in problems for option in problem.options]
        by_transformers = TransformersReader(AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval())
        for title, engine in (("torch", TorchReader(model)), ("transformers", by_transformers)):
            begin = time.perf_counter()
            TextReader(model, engine).measure(pairs, lambda _count: None)
            print(f"{title:24}{len(pairs) / (time.perf_counter() - begin):10.0f} options/s")
        theirs = ask_harness(model, rows, Path(name, "theirs.json"))["seconds"]
        print(f"{'lm-evaluation-harness':24}{len(pairs) / theirs:10.0f} options/s")


if __name__ == "__main__":
    main()
