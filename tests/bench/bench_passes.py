"""Passes of the transformers network forward and back, over completions of uneven lengths: in one row, each prompt read
once, and padded, each completion after its prompt.

    python tests/bench/bench_passes.py

One thread, float32, a model as large as the pocket study's. Both have the same loss; they take turns.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

sys.path += [str(Path(__file__).resolve().parents[1] / part) for part in ("../scripts", ".", "training")]

from quick import parsed
from tiny import job_of, save_tiny_model

from gradus.sampling.protocol import Completion
from gradus.training.groups import Group
from gradus.training.torch.completions import micro_batches
from gradus.training.torch.module.network import ModulePolicy, open_start
from model_folders import model_of

LAYOUTS = {"padded": False, "one row": True}


def drawn(groups: int, size: int, prompt: int, longest: int) -> list[Group]:
    """Completions of 1 to `longest` tokens, most of them short, as answers are."""
    draw = random.Random(0)

    def completion() -> Completion:
        length = max(1, round(longest * draw.random() ** 2))
        return Completion([draw.randrange(3, 300) for _ in range(length)], [-5.0] * length, "stop")

    prompts = [[draw.randrange(3, 300) for _ in range(prompt)] for _ in range(groups)]
    return [Group(ids, [completion() for _ in range(size)], [0.0] * size, {}) for ids in prompts]


def seconds(policy: ModulePolicy, groups: list[Group], packed: bool) -> tuple[float, float]:
    """CPU time of all passes over the groups, and their summed log-probabilities."""
    policy.packed = packed
    begin, total = time.process_time(), 0.0
    for batch in micro_batches(groups, [group.rewards for group in groups], policy):
        logprobs, _ = policy.completion_logprobs("trained", batch, 1.0)
        loss = -(logprobs * batch.mask_N_C).sum()
        loss.backward()
        total += loss.item()
    return time.process_time() - begin, total


def show(policy: ModulePolicy, options: argparse.Namespace, prompt: int) -> None:
    groups = drawn(options.groups, options.size, prompt, options.longest)
    lengths = [len(c.token_ids) for group in groups for c in group.completions]
    taken: dict[str, list[float]] = {name: [] for name in LAYOUTS}
    losses: dict[str, float] = {}
    for _ in range(options.repeats + 1):
        for name, packed in LAYOUTS.items():
            spent, losses[name] = seconds(policy, groups, packed)
            taken[name].append(spent)
    medians = {name: statistics.median(each[1:]) for name, each in taken.items()}
    assert abs(losses["padded"] - losses["one row"]) < 1e-4 * abs(losses["padded"])
    answers = f"{options.groups} x {options.size} completions of {statistics.mean(lengths):.0f} tokens"
    print(
        f"{answers} (at most {max(lengths)}) on prompts of {prompt}: padded {medians['padded']:.3f} s, in one row "
        f"{medians['one row']:.3f} s of CPU time, {medians['padded'] / medians['one row']:.2f} times as fast",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=16)
    parser.add_argument("--size", type=int, default=8, help="completions of a group")
    parser.add_argument("--longest", type=int, default=160, help="completion, in tokens")
    parser.add_argument("--prompts", type=int, nargs="+", default=[16, 64, 192], help="their lengths")
    parser.add_argument("--repeats", type=int, default=5)
    options = parsed(parser, groups=2, size=2, longest=8, prompts=[8], repeats=1)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        weights = save_tiny_model(root / "model", hidden=128, inner=384, head_dim=32)
        settings: Any = job_of(root, "direct_rl", method="full").settings
        policy = open_start(model_of(weights), settings, root).policy_of(settings)
        for prompt in options.prompts:
            show(policy, options, prompt)


if __name__ == "__main__":
    main()
