"""Steps of GRPO on a pocket model: Gradus' torch backend, by either network, against TRL's GRPOTrainer.

The model of transformers is the same in the last two, and writes its rollouts itself.

    python tests/bench/bench_grpo_step.py
    python tests/bench/bench_grpo_step.py --model MODEL_DIRECTORY --problems PROBLEMS.parquet

They take turns, step by step, each in a process of its own: one thread, float32, the same model, problems in the same
order, group size, completion limit, temperature, adapter, AdamW settings, no KL penalty, one optimizer step a batch.

Equal work: a share of the reward is random, so that every group differs within itself and is part of all updates, and
the learning rate is almost zero, so that completions keep their length. Learning: the answer's reward alone; Gradus
then leaves groups whose rewards are all the same out of the update's work.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).resolve().parents[1] / part) for part in ("../scripts", ".", "training")]

from quick import parsed
from tiny import problems as tiny_problems
from tiny import save_tiny_model

from gradus.problems.table import write_problems
from linked_project import PROJECT, linked_project

SIDES = ("embedded", "transformers", "trl")


def build_base(scratch: Path) -> tuple[Path, Path]:
    """The pocket study's base model and training problems, which Snakemake builds below `scratch` once."""
    project, results = scratch / "project", Path("results/pocket")
    if not project.is_dir():
        linked_project(project)
    model, problems = results / "models/base/model.json", results / "problems/train.parquet"
    print(f"the pocket study's base model, below {project}: some minutes, once", flush=True)
    command = [sys.executable, "-m", "snakemake", model, problems, "--configfile", "config/pocket.yaml"]
    subprocess.run(command, cwd=project, env=os.environ | {"WANDB_MODE": "disabled"}, check=True)
    return (project / model.parent).absolute(), (project / problems).absolute()


def tiny_base(scratch: Path) -> tuple[Path, Path]:
    """An untrained model and a few problems."""
    model, problems = scratch / "tiny", scratch / "tiny.parquet"
    save_tiny_model(model)
    write_problems(problems, tiny_problems())
    return model.absolute(), problems.absolute()


class Contestant:
    """A training process that takes a step when told to."""

    def __init__(self, side: str, options: dict[str, Any]) -> None:
        scratch = Path(options["scratch"], side)
        shutil.rmtree(scratch, ignore_errors=True)  # nothing is resumed
        scratch.mkdir(parents=True)
        file, log = scratch / "options.json", open(scratch / "log", "w")  # noqa: SIM115 open as long as the process
        file.write_text(json.dumps(options | {"scratch": str(scratch)}), encoding="utf-8")
        command = [sys.executable, str(Path(__file__).with_name("grpo_contestants.py")), side, str(file)]
        self.log = scratch / "log"
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=scratch
        )

    def step(self) -> dict[str, float]:
        print("step", file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"a contestant died; the end of {self.log}:\n{self.log.read_text()[-2000:]}")
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)


def compete(options: dict[str, Any], warm_up: int) -> dict[str, list[dict[str, float]]]:
    """What each side counted in each of its steps, without the first `warm_up`."""
    contestants = {side: Contestant(side, options) for side in SIDES}
    taken: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for number in range(options["steps"]):
        for side in SIDES if number % 2 else reversed(SIDES):
            taken[side].append(contestants[side].step())
    for contestant in contestants.values():
        contestant.close()
    return {side: steps[warm_up:] for side, steps in taken.items()}


def show(title: str, taken: dict[str, list[dict[str, float]]], options: dict[str, Any]) -> None:
    """Print seconds a step and what was counted, and TRL's time as a multiple of that of each of Gradus' networks."""
    print(f"\n{title}: {len(taken['embedded'])} steps of {options['batch_size']} problems x {options['group_size']}")
    print(f"completions of at most {options['max_tokens']} tokens, {options['method']}, rewards {options['rewards']}")
    print(
        f"{'':13}{'s/step':>8}{'lowest':>8}{'highest':>8}{'cpu s':>8}{'total s':>9}{'completions':>13}"
        f"{'in updates':>12}{'tokens':>9}{'length':>8}{'opt. steps':>12}{'us/token':>10}"
        f"{'reward first and last fifth':>30}"
    )
    medians, cpu, totals, costs = {}, {}, {}, {}
    for side, steps in taken.items():
        seconds = [step["seconds"] for step in steps]
        count = {key: sum(step[key] for step in steps) for key in ("completions", "updated", "tokens")}
        medians[side], totals[side] = statistics.median(seconds), sum(seconds)
        cpu[side] = statistics.median(step["cpu_seconds"] for step in steps)
        costs[side] = statistics.median(step["seconds"] / step["tokens"] for step in steps)
        fifth = max(1, len(steps) // 5)
        rewards = [statistics.mean(step["reward"] for step in part) for part in (steps[:fifth], steps[-fifth:])]
        updates = sum(step["optimizer_steps"] for step in steps)
        print(
            f"{side:13}{medians[side]:8.3f}{min(seconds):8.3f}{max(seconds):8.3f}{cpu[side]:8.3f}{totals[side]:9.2f}"
            f"{count['completions']:13,}{count['updated']:12,}{count['tokens']:9,}"
            f"{count['tokens'] / count['completions']:8.1f}{updates:12}{1e6 * costs[side]:10.1f}"
            f"{rewards[0]:23.3f} {rewards[1]:6.3f}"
        )
    for side in SIDES[:-1]:
        step, cpu_step, token, total = (values["trl"] / values[side] for values in (medians, cpu, costs, totals))
        print(f"TRL takes {step:.2f} times as long a step as {side} ({cpu_step:.2f} in CPU time), ", end="")
        print(f"{token:.2f} times a token, {total:.2f} times in total", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", type=Path, help="model directory (default: the pocket study's base, pretrained here)"
    )
    parser.add_argument("--problems", type=Path, help="problem set for --model, parquet")
    parser.add_argument("--method", choices=("lora", "full"), default="lora")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--max-tokens", type=int, default=56)
    parser.add_argument("--learning-rate", type=float, default=2.5e-4, help="in the learning run")
    parser.add_argument("--equal-steps", type=int, default=12, help="0 leaves this part out")
    parser.add_argument("--learning-steps", type=int, default=30, help="0 leaves this part out")
    parser.add_argument("--trl-rows", type=int, default=64, help="rows of one forward and backward pass in TRL")
    parser.add_argument("--scratch", type=Path, default=PROJECT / "results/bench_grpo_step")
    arguments = parsed(parser, batch_size=2, group=2, max_tokens=8, equal_steps=1, learning_steps=0, trl_rows=4)
    if (arguments.model is None) != (arguments.problems is None):
        parser.error("--model and --problems go together")
    if arguments.model:
        model, problems = arguments.model.absolute(), arguments.problems.absolute()
    else:
        model, problems = (tiny_base if arguments.quick else build_base)(arguments.scratch)
    common = {
        "model": str(model),
        "problems": str(problems),
        "scratch": str(arguments.scratch),
        "batch_size": arguments.batch_size,
        "group_size": arguments.group,
        "max_tokens": arguments.max_tokens,
        "method": arguments.method,
        "trl_rows": arguments.trl_rows,
    }
    if arguments.equal_steps:
        rewards = {"correct": 1.0, "random": 0.1}
        options = common | {"steps": arguments.equal_steps + 2, "learning_rate": 1e-9, "rewards": rewards}
        show("Equal work", compete(options, warm_up=2), options)
    if arguments.learning_steps:
        learning = {"learning_rate": arguments.learning_rate, "rewards": {"correct": 1.0}}
        options = common | {"steps": arguments.learning_steps} | learning
        show("Learning", compete(options, warm_up=0), options)


if __name__ == "__main__":
    main()
