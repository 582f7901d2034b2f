"""What is in the study of `study_files.py`: experiments, answers and curves, drawn from fixed seeds."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import pyarrow as pa

from gradus.study.settings.published import PublishedLosses

BENCHMARKS = (("math500", "MATH-500"), ("aime2024", "AIME 2024"))


# name, title, stage, parent, description, chance to solve a problem of middling difficulty
EXPERIMENTS = (
    ("baseline", "Baseline", "none", "student", "The student as it came.", 0.55),
    ("sft", "SFT (custom traces)", "sft", "baseline", "Two epochs on the teacher's correct solutions.", 0.52),
    ("direct_rl", "Direct RL (GRPO v1)", "grpo", "baseline", "Reinforcement learning on all levels.", 0.66),
    ("sft_then_rl", "SFT → RL", "grpo", "sft", "Reinforcement learning after SFT.", 0.67),
    ("grpo_v2", "GRPO v2 (hard problems)", "grpo", "baseline", "Levels 4 and 5 only, longer completions.", 0.86),
)


SAMPLES = pa.schema(
    [
        *[("id", pa.string()), ("sample", pa.int32()), ("text", pa.string()), ("tokens", pa.int32())],
        *[("finish_reason", pa.string()), ("seed", pa.int64())],
    ]
)


VERDICTS = pa.schema(
    [
        *[("id", pa.string()), ("sample", pa.int32()), ("answer", pa.string()), ("correct", pa.bool_())],
        *[("layer", pa.string()), ("reason", pa.string())],
        *[("finish_reason", pa.string()), ("tokens", pa.int32())],
    ]
)


@dataclass
class MadeStudy:
    """What to write; tests replace parts of it."""

    sizes: dict[str, int] = field(default_factory=lambda: {"math500": 60, "aime2024": 12})
    benchmarks: Sequence[tuple[str, str]] = BENCHMARKS
    experiments: Sequence[tuple[str, str, str, str, str, float]] = EXPERIMENTS
    steps: dict[str, int] = field(default_factory=lambda: {"direct_rl": 58, "sft_then_rl": 58, "grpo_v2": 124})
    words: int = 60
    # (experiment, benchmark, problem number) -> completion instead of the made one
    texts: dict[tuple[str, str, int], str] = field(default_factory=dict)
    problems: dict[tuple[str, int], str] = field(default_factory=dict)
    # experiment -> benchmark -> published share; and for votes -> benchmark -> `maj@16` -> share
    published: dict[str, dict[str, float]] = field(default_factory=dict)
    published_votes: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    published_losses: dict[str, PublishedLosses] = field(default_factory=dict)
    # (experiment, benchmark) that are not asked
    left_out: frozenset[tuple[str, str]] = frozenset()


def hash_of(*parts: object) -> int:
    """A fixed number for the parts; Python's own hash changes from run to run."""
    return random.Random("/".join(map(str, parts))).getrandbits(256)


def answers_of(study: MadeStudy, name: str, benchmark: str, references: list[int], skill: float, stage: str):
    """Answers correlated over experiments: a problem's difficulty is shared, each experiment adds its own luck."""
    odds = NormalDist()
    bar = odds.inv_cdf({"math500": skill, "gsm8k": 0.94}.get(benchmark, max(0.03, 1.3 * skill - 0.75)))
    for i, right in enumerate(references):
        own = random.Random(f"{name}/{benchmark}/{i}")
        shared = random.Random(f"{benchmark}/{i}").gauss()
        solved = 0.85 * shared + 0.53 * own.gauss() < bar
        missed = own.choice(["wrong", "wrong", "none", "length", "unknown" if i % 31 == 0 else "wrong"])
        kind = "right" if solved else missed
        words = " ".join(
            f"Step {k}: add {k * right % 97} to get {k * right % 389}." for k in range(1, study.words // 6)
        )
        box = {"right": f" So \\boxed{{{right}}}.", "wrong": f" So \\boxed{{{right + 1}}}."}.get(kind, " And so on")
        yield {
            "id": f"{benchmark}/{i:04d}",
            "text": study.texts.get((name, benchmark, i)) or words + box,
            "tokens": len(words) // 3 + (40 if stage == "grpo" else 0) + own.randrange(30),
            "finish_reason": "length" if kind == "length" else "stop",
            "answer": str(right) if kind == "right" else str(right + 1) if kind in ("wrong", "unknown") else None,
            "correct": None if kind == "unknown" else kind == "right",
            "layer": "number" if kind in ("right", "wrong") else "symbolic" if kind == "unknown" else "extraction",
            "reason": {"right": "equal", "wrong": "different", "unknown": "timeout"}.get(kind, "no_answer"),
            "sample": 0,
            "seed": i,
        }


def losses(name: str, steps: int, first: float, last: float):
    luck = random.Random(name)
    for step in range(1, steps + 1):
        loss = last + (first - last) * 0.5 ** (step / steps * 7) + luck.gauss(0, 0.03)
        yield {"step": step, "loss": loss, "learning_rate": 3e-3, "grad_norm": 1.0, "tokens": 6912, "epoch": step / 60}


def rewards(name: str, steps: int, skill: float):
    luck = random.Random(name)
    for step in range(1, steps + 1):
        part = 1 - 0.5 ** (step / steps * 4)
        row = {
            "step": step,
            "reward": 0.45 + (skill - 0.4) * part + luck.gauss(0, 0.045),
            "reward_std": 0.3,
            "kl": 0.06 * part * luck.uniform(0.7, 1.3),
            "entropy": 0.9 - 0.55 * part + luck.gauss(0, 0.02),
            "clip_share": 0.01,
            "completion_tokens": 420 + 380 * part * skill + luck.gauss(0, 25),
            "truncated": max(0.0, 0.12 - 0.1 * part + luck.gauss(0, 0.015)),
            "groups_without_signal": luck.randrange(8, 12 + round(30 * part)),
            "groups": 64,
            "learning_rate": 4e-5,
            "grad_norm": 0.6 - 0.3 * part + abs(luck.gauss(0, 0.08)),
            "loss": luck.gauss(0, 0.01),
            "tokens_per_second": 20000.0,
            "seconds": 3.0,
        }
        yield row | ({"held_out_reward": 0.43 + (skill - 0.42) * part} if step % 20 == 0 else {})
