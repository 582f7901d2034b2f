"""The sides of bench_grpo_step.py: each trains in a process of its own and stops before every step.

    python grpo_contestants.py embedded|transformers|trl OPTIONS.json

For each line on standard input it takes one step, and answers with a line of JSON: the seconds of the step, and what
was counted in it (completions, their tokens, completions in the update, optimizer steps, the mean reward).
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["WANDB_MODE"] = "disabled"

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

sys.path += [str(Path(__file__).resolve().parents[1] / part) for part in ("../scripts", ".")]

from gradus.grading.verdict import grade
from gradus.graph.graph import Graph
from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.problems.table import read_problems
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.rewards.completion import GradedCompletion
from gradus.rewards.compose import part_values, weighted_sum
from gradus.specs.base import Spec
from gradus.specs.training import GrpoSpec
from gradus.training.order import epoch_order
from gradus.training.recorder import Recorder
from gradus.training.torch import grpo
from linked_project import PROJECT


class Gate:
    """Waits for the word before each step, and reports after it."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print must not stand between the answers
        self.counts: dict[str, float] = {}
        self.optimizer_steps = 0
        register_optimizer_step_post_hook(self._count_step)

    def _count_step(self, *_: Any) -> None:
        self.optimizer_steps += 1

    def wait(self) -> None:
        sys.stdin.readline()
        self.counts, self.optimizer_steps = {}, 0
        self._begin = time.perf_counter(), time.process_time()

    def stop_clock(self) -> None:
        self.counts["seconds"] = time.perf_counter() - self._begin[0]
        self.counts["cpu_seconds"] = time.process_time() - self._begin[1]
        self.counts["optimizer_steps"] = self.optimizer_steps

    def answer(self) -> None:
        print(json.dumps(self.counts), file=self._answers, flush=True)


def spec_of(options: dict[str, Any], network: str = "embedded") -> Spec[GrpoSpec]:
    """A GRPO job of the torch backend as the pocket study would have it, without a KL penalty."""
    names = ("steps", "batch_size", "group_size", "max_tokens", "method", "learning_rate", "rewards")
    chosen = {name: options[name] for name in names}
    experiment = {"stage": "grpo", "from": "base", "problems": "train", "network": network}
    experiment |= {"kl_coef": 0.0} | chosen
    graph = Graph.read(PROJECT / "config/pocket.yaml", {"experiments": {"contestant": experiment}})
    return graph.jobs["models/contestant"].spec


def train_with_gradus(network: str, options: dict[str, Any], problems: list[Problem], gate: Gate) -> None:
    """The loop as a study runs it, with its metrics, states to resume from and checkpoints."""

    class GatedRecorder(Recorder):
        def steps(self, *before_state: Any):
            inner = super().steps(*before_state)
            step = next(inner, None)
            while step is not None:
                gate.wait()
                yield step
                step = next(inner, None)  # saves the state where that is due
                gate.stop_clock()
                gate.answer()

        def add(self, row: dict[str, Any], shown: str) -> None:
            super().add(row, shown)
            gate.counts["completions"] = row["groups"] * options["group_size"]
            gate.counts["updated"] = (row["groups"] - row["groups_without_signal"]) * options["group_size"]
            gate.counts["tokens"] = row["tokens"]
            gate.counts["reward"] = row["reward"]

    grpo.Recorder = GatedRecorder
    scratch = Path(options["scratch"])
    spec = scratch / "specs" / "models" / "contestant.json"
    write_json(spec, spec_of(options, network).model_dump(mode="json"))
    job = Job(str(spec), {}, GrpoSpec)
    grpo.train(job, ModelFolders(Path(options["model"])), problems, scratch / "state", scratch / "out")


def train_with_trl(options: dict[str, Any], problems: list[Problem], gate: Gate) -> None:
    """TRL's trainer on the same problems in the same order, with the settings of its that are fastest here:
    no gradient checkpointing, nothing written, and `trl_rows` rows of a forward and backward pass."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    torch.set_num_threads(1)
    settings = spec_of(options).settings
    order = epoch_order(len(problems), settings.seed, 0)
    rows = [{"prompt": [{"role": "user", "content": problems[i].problem}], "gold": problems[i].answer} for i in order]

    def reward(completions, completion_ids, gold, **_: Any) -> list[float]:
        rewards = []
        for seed, (messages, ids, known) in enumerate(zip(completions, completion_ids, gold, strict=True)):
            text = messages[0]["content"]
            verdict = grade(text, known, settings.grading.methods)
            reason = "length" if len(ids) == settings.max_tokens else "stop"
            completion = GradedCompletion(text, ids, reason, settings.max_tokens, known, verdict, seed)
            rewards.append(weighted_sum(part_values(completion, settings.rewards), settings.rewards))
        counts = gate.counts
        counts["completions"] = counts["updated"] = len(rewards)
        counts["tokens"] = sum(map(len, completion_ids))
        counts["reward"] = sum(rewards) / len(rewards)
        return rewards

    class Gated(TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            gate.wait()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            gate.stop_clock()
            gate.answer()

    batch = settings.batch_size * settings.group_size
    config = GRPOConfig(
        output_dir=str(Path(options["scratch"], "trl")),
        seed=settings.seed,
        max_steps=settings.steps,
        per_device_train_batch_size=options["trl_rows"],
        gradient_accumulation_steps=batch // options["trl_rows"],
        generation_batch_size=batch,
        num_generations=settings.group_size,
        max_completion_length=settings.max_tokens,
        temperature=settings.temperature,
        beta=0.0,
        loss_type="grpo",
        epsilon=settings.clip_low,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="constant",
        adam_beta1=settings.betas[0],
        adam_beta2=settings.betas[1],
        max_grad_norm=settings.max_grad_norm,
        shuffle_dataset=False,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        save_strategy="no",
        report_to="none",
        logging_steps=1,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    lora = settings.lora
    adapter = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=list(lora.names), lora_dropout=0.0)
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(options["model"], dtype=torch.float32),
        reward_funcs=reward,
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(options["model"]),
        callbacks=[Gated()],
        peft_config=adapter if settings.method == "lora" else None,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()


def main() -> None:
    side, options = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    problems = read_problems(options["problems"])
    if side == "trl":
        train_with_trl(options, problems, Gate())
    else:
        torch.set_num_threads(1)
        train_with_gradus(side, options, problems, Gate())


if __name__ == "__main__":
    main()
