"""Group-relative policy optimisation in plain PyTorch.

Differs from the textbook (Shao et al. 2024, arXiv:2402.03300) where the rewards are verifiable and the model small:
1. groups whose rewards are all the same count in the averages (`step_batch.py`), and run forward and backward only
   where there is a KL penalty: nothing else of theirs has a gradient. Where no group has one, no update is made;
2. each prompt runs once for the completions of a pass, with the same gradients as row by row;
3. the sampler's own log-probabilities are the old ones: no second pass over the rollouts;
4. one update a batch is the default, so the ratio starts at 1 and the clip acts only in later updates. With overlap
   the rollouts are a step old, and the ratio is the one to the policy that drew them;
5. where vLLM is the sampler its log-probabilities are not quite the model's, and importance weights correct for that
   (`rollouts/importance.py`).
"""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.problems.table import read_problems
from gradus.provenance.job import Job
from gradus.specs.training import GrpoSpec
from gradus.training.advantages import TokenAdvantages
from gradus.training.algorithm import load_algorithm
from gradus.training.collecting import guarded_factor
from gradus.training.learning_rate import peak_rate
from gradus.training.loss import PolicyLoss, kl_estimate
from gradus.training.optimizer import Optimizer
from gradus.training.problem_order import ProblemOrder, fresh_carried
from gradus.training.ranks import ALONE, Ranks
from gradus.training.recorder import Recorder
from gradus.training.rollouts.importance import Weighed, corrects, importance_weights
from gradus.training.rollouts.sampler import GroupSampler, HeldOut
from gradus.training.rollouts.source import Rollouts
from gradus.training.schedule import learning_rate_factor
from gradus.training.spans import span
from gradus.training.step_batch import KL_GROUPS, StepBatch
from gradus.training.torch.completions import Batch, micro_batches
from gradus.training.torch.network import Policy, Weights, open_start
from gradus.training.torch.shared_state import shared_state


def train(
    job: Job[GrpoSpec], model: ModelFolders, problems: list[Problem], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the problems, save checkpoints and the result below `out`, and return the rows of metrics.jsonl."""
    settings, ranks = job.settings, Ranks.join()
    order = ProblemOrder.of(job, problems)
    start = open_start(job, model, state_folder)
    policy = start.policy_of(settings)
    reference = policy.reference()
    sampler = GroupSampler(start, problems, settings, ranks)
    measured_on = job.optional("held_out")
    held_out = HeldOut(start, read_problems(measured_on), settings, ranks) if measured_on else None
    engine = start.engine_of(policy, max(asked.longest_prompt for asked in (sampler, held_out) if asked))
    optimizer = Optimizer.of(settings, policy.parameters)
    saved = shared_state(state_folder, ranks)
    recorder = Recorder(job, state_folder, optimizer, order.steps, fresh_carried(), saved)
    rollouts = Rollouts(engine, sampler, order, recorder.carried)
    warmup_steps = round(order.steps * settings.warmup_share)
    for step in recorder.steps(rollouts.save_ahead):
        begin = time.monotonic()
        factor = learning_rate_factor(step, order.steps, settings.schedule, warmup_steps, settings.decay_to)
        learning_rate = peak_rate(settings) * factor * recorder.carried["guard"]
        step_batch, row = rollouts.collect()
        if step + 1 < order.steps:
            rollouts.start_next()
        with span("policy_update"):
            row |= update(policy, reference, optimizer, step_batch, learning_rate, settings, ranks)
        recorder.carried["guard"] = guarded_factor(job, row["kl"], recorder.carried["guard"], step + 1)
        job.count_tokens(read=row.pop("prompt_tokens"), written=row["tokens"])
        seconds = time.monotonic() - begin
        row |= {"seconds": seconds, "tokens_per_second": row["tokens"] / seconds}
        recorder.add({"step": step + 1, "learning_rate": learning_rate} | row, shown="reward")
        if (step + 1) % settings.checkpoint_every == 0:
            if held_out is not None:
                recorder.note({"step": step + 1, "held_out_reward": rollouts.measure(held_out)})
            start.save(policy, out / "checkpoints" / f"step-{step + 1:04d}")
    rollouts.close()
    start.save(policy, out)
    return recorder.close()


def update(
    policy: Policy[Weights],
    reference: Weights | None,
    optimizer: Optimizer,
    step_batch: StepBatch,
    learning_rate: float,
    settings: GrpoSpec,
    ranks: Ranks = ALONE,
) -> dict[str, Any]:
    """Optimizer steps on a batch of rollouts. Returns loss, KL, entropy, clip share and gradient norm (the last's).

    The loss is over the whole batch, the other metrics are over the tokens that went through it: the KL over all of
    these where it is part of the loss, else over those of the first KL_GROUPS groups; None without a reference. Where
    that is a teacher, it adds to the tokens' advantages, and its KL is another metric.
    """
    groups, teach = step_batch.groups, load_algorithm(settings.algorithm).token_advantages
    if not groups:
        row = {"loss": 0.0, "kl": None, "entropy": None, "clip_share": 0.0, "grad_norm": 0.0}
        return row | ({"teacher_kl": None} if teach else {}) | (Weighed().metrics() if corrects(settings) else {})
    with_kl = 0 if reference is None else len(groups) if settings.kl_coef or teach else KL_GROUPS
    split = partial(micro_batches, policy=policy, ranks=ranks)
    measured = split(groups[:with_kl], step_batch.advantages[:with_kl])
    batch = measured + split(groups[with_kl:], step_batch.advantages[with_kl:])
    tokens, measured_tokens = (
        sum(c.written_count for g in part for c in g.completions) for part in (groups, groups[:with_kl])
    )
    with torch.no_grad():
        for b in measured:
            assert reference is not None  # else nothing is measured
            b.reference_N_C = policy.completion_logprobs(reference, b, settings.temperature)[0]
        weighed = weigh(policy, batch, settings, ranks) if corrects(settings) else {}
        taught = add_teacher(batch, teach, ranks) if teach else {}
    row, loss_of = dict[str, Any](), PolicyLoss.of(settings)
    for _ in range(settings.updates_per_batch):
        sums = forward_and_backward(policy, batch, step_batch, loss_of, settings.temperature, ranks)
        with span("optimizer_step"):
            norm = optimizer.step(learning_rate)
        row = {
            "loss": sums.loss,
            "kl": sums.kl / measured_tokens if measured and not teach else None,
            "entropy": sums.entropy / tokens,
            "clip_share": sums.clipped / tokens,
            "grad_norm": norm,
        }
    return row | weighed | taught


class Sums(NamedTuple):
    """Of a batch: its loss, and over its tokens those that a clip changed, entropy and KL in nats."""

    loss: float
    clipped: float
    entropy: float
    kl: float


def forward_and_backward(
    policy: Policy[Weights],
    batch: list[Batch],
    step_batch: StepBatch,
    loss_of: PolicyLoss,
    temperature: float,
    ranks: Ranks,
) -> Sums:
    """Add the gradient of the loss over the whole batch to the policy's parameters, micro-batch by micro-batch."""
    total = clipped = entropy = kl = 0.0
    for place, b in enumerate(batch):
        policy.begin_pass(last=place == len(batch) - 1)
        with span("policy_loss_backward"):
            with span("forward"):
                logprobs_N_C, entropy_M = policy.completion_logprobs(policy.weights(), b, temperature)
                loss, clipped_tokens = loss_of(
                    *(logprobs_N_C, b.old_N_C, b.reference_N_C, b.advantages, b.mask_N_C),
                    *(step_batch.completions, step_batch.tokens, b.weights),
                )
            with span("backward"):
                (loss * (ranks.count * b.counts)).backward()  # of which the mean over ranks is taken
        if not b.counts:
            continue
        total += loss.item()
        clipped += clipped_tokens.item()
        entropy += entropy_M.sum().item()
        if b.reference_N_C is not None:
            kl += (kl_estimate(logprobs_N_C.detach(), b.reference_N_C) * b.mask_N_C).sum().item()
    return Sums(*ranks.sums(total, clipped, entropy, kl))


def add_teacher(batch: Sequence[Batch], teach: TokenAdvantages, ranks: Ranks) -> dict[str, float]:
    """Add to each token's advantage what the teacher, which is the reference, says of it. Returns the KL to it: the
    mean of what it took, over all tokens that are learned from, in nats."""
    taken = tokens = 0.0
    for b in batch:
        assert b.reference_N_C is not None  # planning sees that there is a teacher
        added_N_C = teach(b.old_N_C, b.reference_N_C) * b.mask_N_C
        b.advantages, b.reference_N_C = b.advantages[:, None] + added_N_C, None  # which is in no penalty
        if b.counts:
            taken -= added_N_C.sum().item()
            tokens += b.mask_N_C.sum().item()
    taken, tokens = ranks.sums(taken, tokens)
    return {"teacher_kl": taken / tokens}


def weigh(policy: Policy[Weights], batch: list[Batch], settings: GrpoSpec, ranks: Ranks) -> dict[str, float | None]:
    """Take the policy's own log-probabilities for the old ones, and weigh the tokens by their ratio to the sampler's.
    Returns metrics of the weights."""
    rollouts, found = settings.rollouts, Weighed()
    for b in batch:
        now_N_C = policy.completion_logprobs(policy.weights(), b, settings.temperature)[0]
        b.weights = importance_weights(now_N_C, b.old_N_C, b.mask_N_C, rollouts.correction, rollouts.correction_cap)
        b.old_N_C = now_N_C
        if b.counts:
            found.add(b.weights, b.mask_N_C)
    found.weights = ranks.gather([torch.cat([torch.zeros(0), *(weights.cpu() for weights in found.weights)])])
    return found.metrics()
