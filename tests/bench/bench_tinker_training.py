"""Our training loops on the Tinker service against the same calls of its client (tinker), each awaited before the next.

    make tinker-server && python tests/bench/bench_tinker_training.py

The service takes up what is asked in clock cycles of some ten seconds: a step that waits for its gradients before it
asks for the optimizer's step takes two of them. The server on loopback does the same with cycles of `--cycle` seconds
and a tiny model, so what is counted are the cycles a step, and not what computes. Each figure is the difference of two
runs of different lengths, so that starting and saving do not count; the median of `--repeats`.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).resolve().parents[1] / part) for part in ("../scripts", ".", "training", "tinker")]

import tinker
from quick import parsed, require
from serving import KEY, NAME, Server, server_python
from tiny import job_of, problems, save_tiny_model, traces

from gradus.models.lora import TARGETS
from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.training.tinker import grpo, sft
from sampling.sample_jobs import write_service

BATCH, GROUP, TOKENS = 4, 4, 12
SHARED: dict[str, Any] = {"service": {"model": NAME}, "lora": {"rank": 4, "alpha": 32.0, "targets": TARGETS}}
REWARDS = {"random": {"weight": 1.0}}
PRICES = {"prefill": 1.0, "sample": 1.0, "train": 1.0}
ADAM = tinker.AdamParams(learning_rate=1e-4)

Run = Callable[[int], None]
"""Trains for so many steps."""


class Ours:
    def __init__(self, base: Path, url: str, folder: Path) -> None:
        self.model, self.folder, self.runs = ModelFolders(base), folder, 0
        self.url = url

    def job(self, name: str, settings: dict[str, Any]) -> tuple[Job, Path]:
        self.runs += 1
        root = self.folder / str(self.runs)
        write_service(root, url=self.url, concurrency=64, checkpoint_seconds=3600, prices={NAME: PRICES})
        made = job_of(root, name, **SHARED | settings)
        return Job(made.spec_path, {"log": [str(root / "log")]}, type(made.settings)), root / "out"

    def sft(self, steps: int) -> None:
        settings = {"batch_size": BATCH, "epochs": 1, "held_out_share": 0.0}
        job, out = self.job("sft_custom", settings)
        sft.train(job, self.model, traces(steps * BATCH), job.state_folder(), out)

    def grpo(self, steps: int, overlap: int = 0) -> None:
        settings = {"steps": steps, "batch_size": BATCH, "group_size": GROUP, "max_tokens": TOKENS, "rewards": REWARDS}
        settings |= {"checkpoint_every": steps, "kl_coef": 0.0, "kl_guard": None, "loss": "importance_sampling"}
        job, out = self.job("direct_rl", settings | {"overlap": overlap})
        grpo.train(job, self.model, problems(), job.state_folder(), out)


class Theirs:
    def __init__(self, url: str) -> None:
        self.client = tinker.ServiceClient(base_url=url)

    def sft(self, steps: int) -> None:
        trained = self.client.create_lora_training_client(NAME, rank=4).result()
        for _ in range(steps):
            rows = [list(range(20, 60))] * BATCH
            data = [datum(row, weights=[1.0] * (len(row) - 1)) for row in rows]
            trained.forward_backward(data, "cross_entropy").result()
            trained.optim_step(ADAM).result()

    def grpo(self, steps: int) -> None:
        trained = self.client.create_lora_training_client(NAME, rank=4).result()
        wanted = tinker.SamplingParams(max_tokens=TOKENS, temperature=1.0)
        prompt = list(range(20, 50))
        for _ in range(steps):
            policy = trained.save_weights_and_get_sampling_client().result()
            asked = [policy.sample(tinker.ModelInput.from_ints(prompt), GROUP, wanted) for _ in range(BATCH)]
            data = []
            for reply in asked:
                for n, sequence in enumerate(reply.result().sequences):
                    before = [0.0] * (len(prompt) - 1)
                    logprobs, sign = before + list(sequence.logprobs), 1.0 if n % 2 else -1.0
                    advantages = before + [sign] * len(sequence.tokens)
                    data.append(datum([*prompt, *sequence.tokens], logprobs=logprobs, advantages=advantages))
            trained.forward_backward(data, "importance_sampling").result()
            trained.optim_step(ADAM).result()


def datum(ids: list[int], **inputs: list[float]) -> tinker.Datum:
    return tinker.Datum(tinker.ModelInput.from_ints(ids[:-1]), {"target_tokens": ids[1:], **inputs})


def seconds_a_step(run: Run, lengths: tuple[int, int]) -> float:
    times = []
    for steps in lengths:
        begin = time.monotonic()
        run(steps)
        times.append(time.monotonic() - begin)
    return (times[1] - times[0]) / (lengths[1] - lengths[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycle", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, nargs=2, default=(4, 12), help="of the two runs whose difference counts")
    options = parsed(parser, cycle=0.05, repeats=1, steps=(1, 2))
    require(server_python(), options, "make tinker-server")
    os.environ.setdefault("WANDB_MODE", "disabled")
    os.environ.setdefault("TINKER_API_KEY", KEY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = save_tiny_model(folder / "base", head_dim=32).parent
        server = Server(base, NAME, folder / "server", cycle=options.cycle).start()
        try:
            ours, theirs = Ours(base, server.url, folder), Theirs(server.url)
            runs: dict[tuple[str, str], Run] = {
                ("SFT", "tinker, one call after another"): theirs.sft,
                ("SFT", "ours"): ours.sft,
                ("GRPO", "tinker, one call after another"): theirs.grpo,
                ("GRPO", "ours"): ours.grpo,
                ("GRPO", "ours, overlap"): lambda steps: ours.grpo(steps, overlap=1),
            }
            for run in runs.values():
                run(1)  # compiles
            figures: dict[tuple[str, str], list[float]] = {which: [] for which in runs}
            for _ in range(options.repeats):
                for which, run in runs.items():
                    figures[which].append(seconds_a_step(run, options.steps))
        finally:
            server.stop()
    print(f"\n| stage | who | seconds a step | cycles of {options.cycle:g} s | of the peer |\n|---|---|---|---|---|")
    for (stage, who), times in figures.items():
        median, peer = (statistics.median(t) for t in (times, figures[stage, "tinker, one call after another"]))
        print(f"| {stage} | {who} | {median:.2f} | {median / options.cycle:.1f} | {median / peer:.2f}x |")


if __name__ == "__main__":
    main()
