"""The parts of the GPU check: is a step right, does it fit as estimated, how fast is it?"""

from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

import torch
from check import Part, Row
from tiny import problems
from torch import Tensor
from workload import Step, Workload, free, timed

from gradus.estimates.flops import Work, peak_flops, training_flops
from gradus.estimates.work import planned
from gradus.sampling.protocol import Completion
from gradus.specs.training import GrpoSpec
from gradus.training.causal_lm import network_of
from gradus.training.groups import Group
from gradus.training.optimizer import Optimizer
from gradus.training.rollouts.transformers import evaluating
from gradus.training.rollouts.worker import Worker
from gradus.training.step_batch import step_batch

MOST_ESTIMATE_OFF = 0.10
MOST_BF16_OFF = 0.05
MOST_PARITY_OFF = 1e-4
GENERATE_TIMES = 5.0


def parts_of(workload: Workload) -> list[Part]:
    small = Workload.of("pocket", workload.scratch)
    factor = 1.0 if workload.name == "4b" else 0.1
    return [
        Part("a step on CPU and GPU", 20 * factor, partial(parity, small)),
        Part("bfloat16 beside float32", 20 * factor, partial(precision, small)),
        Part("speed and memory", 90 * factor, partial(speed, workload)),
        Part("TRL on the same batch", 60 * factor, partial(beside_trl, workload)),
    ]


def parity(small: Workload) -> Iterator[Row]:
    """One update from the same weights and rollouts, in float32."""
    if not torch.cuda.is_available():
        yield Row("a step on CPU and GPU", "skipped: there is no GPU")
        return
    found = [_updated(small, torch.device(name), bf16=False) for name in ("cpu", "cuda")]
    yield from _differences("CPU and GPU", found, MOST_PARITY_OFF)


def precision(small: Workload) -> Iterator[Row]:
    """The same in bfloat16 and in float32."""
    found = [_updated(small, small.device, bf16=bf16) for bf16 in (False, True)]
    yield from _differences("bfloat16 and float32", found, MOST_BF16_OFF)


def _updated(small: Workload, device: torch.device, bf16: bool) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Metrics of an update, and by how much it has moved each parameter."""
    step = Step(small, small.settings(bf16=bf16, learning_rate=1e-3), device)
    before = {name: p.detach().cpu().clone() for name, p in step.policy.parameters.items()}
    row = step.update(small.made_groups())
    return row, {name: p.detach().cpu() - before[name] for name, p in step.policy.parameters.items()}


def _differences(name: str, found: Sequence[Any], most: float) -> Iterator[Row]:
    (first, moved), (second, other) = found
    for key in ("grad_norm", "entropy"):
        off = abs(first[key] - second[key]) / abs(first[key])
        yield Row(
            f"{key}, {name}", f"{first[key]:.6g} and {second[key]:.6g}, off by {off:.2g}", f"{most:g}", off <= most
        )
    # AdamW's first step is the sign of each gradient, so where two differ one of them was nothing but rounding.
    same = sum(int((moved[key].sign() == other[key].sign()).sum()) for key in moved)
    share = same / sum(tensor.numel() for tensor in moved.values())
    yield Row(f"parameters moved alike, {name}", f"{share:.2%}", f"at least {1 - most:.2%}", share >= 1 - most)


def speed(workload: Workload) -> Iterator[Row]:
    """Rollouts, update and step; memory beside the estimate; `generate` beside rollouts; overlap."""
    settings = workload.settings()
    step = Step(workload, settings)
    engine = step.engine()
    written, texts = workload.rows * workload.new, workload.rows * (workload.prompt + workload.new)
    step.draw(engine)  # compiles, captures, and allocates
    completions, drawing, peak_drawing = timed(partial(step.draw, engine))
    yield Row("rollouts", f"{written / drawing:,.0f} tokens/s")
    groups = workload.groups(completions)
    step.update(groups)
    row, updating, peak_updating = timed(partial(step.update, groups))
    assert row["grad_norm"] > 0
    yield Row("update", f"{texts / updating:,.0f} tokens/s")
    yield Row("step", f"{written / (drawing + updating):,.0f} written tokens/s, {drawing + updating:.2f} s")
    yield _utilisation(workload, settings, updating)
    yield _memory(workload, settings, max(peak_drawing, peak_updating))
    yield _generate(workload, step, written / drawing)
    del step, engine
    free()
    yield _overlap(workload, groups, drawing + updating)
    free()


def _utilisation(workload: Workload, settings: GrpoSpec, seconds: float) -> Row:
    """Of an update. Prompts are read once for their group."""
    prompts, own = workload.rows // workload.group * workload.prompt, workload.rows * (workload.new - 1)
    attended = prompts * workload.prompt / 2 + own * (workload.prompt + workload.new / 2)
    work = Work(prompts + own, workload.rows * workload.new, attended / (prompts + own))
    speed = training_flops(workload.shape, work, settings.lora.rank, settings.lora.names) / seconds
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    peak = peak_flops(name)
    share = f"no peak is known of {name}" if peak is None else f"{speed / peak:.1%}"
    return Row("model FLOP utilisation", f"{share} ({speed / 1e12:,.2f} TFLOP/s)")


def _memory(workload: Workload, settings: GrpoSpec, peak: int) -> Row:
    if not torch.cuda.is_available():
        return Row("memory beside its estimate", "skipped: there is no GPU")
    device = torch.cuda.get_device_properties(0).total_memory
    estimate = planned(settings, workload.shape, workload.prompt, device).tensors
    off = estimate / peak - 1
    words = f"{peak / 1e9:.2f} GB, estimated {estimate / 1e9:.2f} ({off:+.1%})"
    return Row("memory beside its estimate", words, f"{MOST_ESTIMATE_OFF:.0%}", abs(off) <= MOST_ESTIMATE_OFF)


def _generate(workload: Workload, step: Step, ours: float) -> Row:
    """transformers' own loop on the same prompts, for some tokens."""
    network, new = network_of(step.policy.loaded.model), min(workload.new, 32)
    ids = torch.tensor(workload.prompts(), device=workload.device)
    arguments = {"do_sample": True, "top_k": 0, "pad_token_id": 0}
    with torch.no_grad(), evaluating(network), torch.autocast(workload.device.type, torch.bfloat16):
        mask = torch.ones_like(ids)
        network.generate(ids, attention_mask=mask, max_new_tokens=2, **arguments)
        _, seconds, _ = timed(lambda: network.generate(ids, attention_mask=mask, max_new_tokens=new, **arguments))
    theirs = workload.rows * new / seconds
    ok = ours >= GENERATE_TIMES * theirs if torch.cuda.is_available() and workload.name == "4b" else None
    words = f"{theirs:,.0f} tokens/s, rollouts are {ours / theirs:.1f} times as fast"
    return Row(
        "transformers.generate", words, f"rollouts at least {GENERATE_TIMES:g} times" if ok is not None else "", ok
    )


def _overlap(workload: Workload, groups: list[Group], one_after_another: float) -> Row:
    step = Step(workload, workload.settings(overlap=1))
    engine = step.engine()
    worker: Worker[list[Completion]] = Worker()

    def both() -> None:
        drawn = worker.submit(lambda: step.draw(engine))
        step.update(groups)
        drawn.result()

    both()
    _, seconds, _ = timed(both)
    worker.close()
    words = f"{seconds:.2f} s a step, {one_after_another / seconds:.2f} times as fast as one after another"
    return Row("overlap", words)


def beside_trl(workload: Workload) -> Iterator[Row]:
    """TRL's trainer on the same rollouts: from the batch to the end of the optimizer step."""
    if find_spec("trl") is None or find_spec("datasets") is None:
        yield Row("TRL on the same batch", "skipped: TRL is not installed")
        return
    from gradus.training.trl.grpo_trainer import GrpoTrainer

    groups, texts = workload.made_groups(), workload.rows * (workload.prompt + workload.new)
    settings = workload.settings()
    step = Step(workload, settings)
    step.update(groups)
    _, ours, _ = timed(partial(step.update, groups))
    del step
    free()
    theirs_settings = workload.settings(
        backend="trl",
        network=None,
        optimizer="adamw",
        micro_batch=min(8, workload.rows),
        rollouts={"engine": "transformers"},
    )
    folder = workload.scratch / "trl"
    trainer = GrpoTrainer(workload.loaded(theirs_settings), problems(1), folder)
    trained = {name: p for name, p in trainer.model.named_parameters() if p.requires_grad}
    optimizer = Optimizer(trained, settings.betas, 0.0, settings.max_grad_norm)
    trainer.current_gradient_accumulation_steps = trainer.args.gradient_accumulation_steps
    trainer.model.train()

    def update() -> None:
        trainer.learn_from(step_batch(groups, theirs_settings), {})
        for micro in trainer._buffered_inputs or []:
            with trainer.compute_loss_context_manager():
                loss = trainer.compute_loss(trainer.model, micro)
            trainer.accelerator.backward(loss)
        optimizer.step(settings.learning_rate)

    update()
    _, theirs, _ = timed(update)
    words = f"{texts / theirs:,.0f} tokens/s, ours {texts / ours:,.0f}: {theirs / ours:.2f} times as fast"
    yield Row("TRL on the same batch", words)
