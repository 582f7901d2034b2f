"""Group-relative policy optimisation on the service.

What differs from the torch backend (its differences 1, 3 and 4 from the textbook hold here too):
1. the KL penalty enters the advantages (see `token_advantages`);
2. the service has no normalisation: the factor is in the advantages too;
3. the entropy is estimated, as minus the mean log-probability of the sampled tokens;
4. with overlap the next batch is generated while the step is in flight, by the policy before that step: one step
   staler than without, for which the ratio of probabilities corrects;
5. its losses know the policy at temperature 1 alone. At another temperature the others train the tempered policy; here
   ratio, clip and KL are those of the policy at 1 (`at_temperature_one`), on completions drawn at the temperature. That
   gradient is about temperature times as long, which Adam's steps do not depend on, and points nearly where that of the
   tempered policy does: for small random policies, by enumeration, at a mean cosine of 0.986 at temperature 0.6, 0.997
   at 0.8 and 0.991 at 1.5. The entropy of 3 is then the cross-entropy of the two.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import tinker
import torch
from tinker import ForwardBackwardOutput, OptimStepResponse

from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.problems.table import read_problems
from gradus.provenance.job import Job
from gradus.specs.training import GrpoSpec
from gradus.tinker.requests import Requests
from gradus.training.algorithm import load_algorithm
from gradus.training.collecting import collect, guarded_factor
from gradus.training.groups import Group
from gradus.training.learning_rate import peak_rate
from gradus.training.loss import PolicyLoss, kl_estimate
from gradus.training.problem_order import ProblemOrder, fresh_carried
from gradus.training.reference import reference_of
from gradus.training.schedule import learning_rate_factor
from gradus.training.step_batch import StepBatch
from gradus.training.tinker.datums import rollout_datums, token_advantages
from gradus.training.tinker.rollouts import GroupSampler, HeldOut, PendingGroups, at_temperature_one, scored
from gradus.training.tinker.run import Run
from gradus.training.tinker.start import Start
from gradus.training.tinker.steps import adam, grad_norm, logprobs
from gradus.training.tinker.waiting import result


def train(
    job: Job[GrpoSpec], model: ModelFolders, problems: list[Problem], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the problems, save checkpoints and the result below `out`, and return the rows of metrics.jsonl."""
    measured_on = job.optional("held_out")
    held_out = read_problems(measured_on) if measured_on else []
    order = ProblemOrder.of(job, problems)
    run = Run(job, Start(model), state_folder, order.steps, fresh_carried())

    def steps() -> None:
        loop = _Loop(run, order, problems, held_out, state_folder, out)
        try:
            loop.steps()
        finally:
            if loop.ahead is not None:
                loop.ahead.replies.cancel()

    return run.drive(steps, out)


class _Loop:
    """The steps of a run from where it is, with a client that lasts until it is lost.

    policy: requests to the policy as it is before the step that is next. ahead: what it is asked for beforehand.
    writers: for each group that was drawn for this step, the policy that wrote it.
    """

    def __init__(
        self,
        run: Run[GrpoSpec],
        order: ProblemOrder,
        problems: list[Problem],
        held_out: list[Problem],
        state_folder: Path,
        out: Path,
    ) -> None:
        self.run, self.order, self.settings, self.out = run, order, run.job.settings, out
        self.rollouts = GroupSampler(run, problems, self.settings, state_folder / "rollouts.jsonl")
        self.held_out = HeldOut(run, held_out, self.settings) if held_out else None
        self.reference = self._reference() if self._has_reference else None
        self.loss = PolicyLoss.of(self.settings)
        self.policy: Requests | None = None
        self.ahead: PendingGroups | None = None
        self.writers: list[Requests] = []
        self.dollars = self._guess()

    @property
    def _has_reference(self) -> bool:
        return bool(self.settings.kl_coef) or load_algorithm(self.settings.algorithm).distills

    def _reference(self) -> Requests:
        """To the start, or another model or adapter of the service."""
        run, settings = self.run, self.settings
        model = settings.reference_service.model if settings.reference_service else None
        reference = reference_of(run.job, run.start.model)
        parent = (Start(reference) if reference else run.start).parent(run.service, model)
        return Requests.open(run.service, parent.sampler if parent else None, model)

    def _guess(self) -> float:
        """Dollars of a step, before the first one has shown how long completions are."""
        settings, prompts, share = self.settings, self.rollouts.prompts, self.run.service.settings.expected_share
        read = settings.batch_size * sum(len(prompt.ids) for prompt in prompts) // len(prompts)
        size = settings.group_size
        written = int(settings.batch_size * size * settings.max_tokens * share)
        whole = written + size * read
        scored = whole * (self._has_reference + (settings.temperature != 1.0))
        trained = whole * settings.updates_per_batch
        return self.run.service.spending.cost(
            self.run.service.model, prefill=read + scored, sample=written, train=trained
        )

    def steps(self) -> None:
        run, settings = self.run, self.settings
        warmup_steps = round(run.total * settings.warmup_share)
        for step in range(run.done, run.total):
            run.before_step(self.dollars)
            begin, spent = time.monotonic(), run.job.dollars
            factor = learning_rate_factor(step, run.total, settings.schedule, warmup_steps, settings.decay_to)
            carried = dict(run.carried)
            learning_rate = peak_rate(settings) * factor * carried["guard"]
            if self.policy is None:
                self.policy = self._opened(run.client.save_weights_and_get_sampling_client(), step)
            self.writers = []
            staleness = {"staleness": int(self.ahead is not None)} if settings.overlap else {}
            batch, row = collect(self._draw, self.order, carried)
            self.ahead = self._next_round(carried) if settings.overlap and step + 1 < run.total else None
            row |= staleness | self._update(batch, learning_rate, step)
            carried["guard"] = guarded_factor(run.job, row["kl"], carried["guard"], step + 1)
            run.job.count_tokens(read=row.pop("prompt_tokens"), written=row["tokens"])
            seconds, self.dollars = time.monotonic() - begin, run.job.dollars - spent
            row |= {"seconds": seconds, "tokens_per_second": row["tokens"] / seconds, "dollars": self.dollars}
            run.carried = carried
            run.add({"step": step + 1, "learning_rate": learning_rate} | row, shown="reward")
            if (step + 1) % settings.checkpoint_every == 0:
                self._measure(step + 1)
                run.keep(step + 1, self.out / "checkpoints" / f"step-{step + 1:04d}")
                run.pipeline.drain()
            elif run.save_timer.is_due() and step + 1 < run.total:
                run.save(step + 1)
                run.pipeline.drain()

    def _opened(self, future: tinker.APIFuture[tinker.SamplingClient], step: int) -> Requests:
        what = f"the policy after step {step}"
        client = result(self.run.service, future, f"opening {what} to sample from")
        return Requests(self.run.service, client._sampling_session_id, what)

    def _policy(self) -> Requests:
        assert self.policy is not None  # `steps` opens it before it draws
        return self.policy

    def _draw(self, indices: list[int], batch: int) -> list[Group]:
        asked, self.ahead = self.ahead, None
        if asked is None:
            asked = self.rollouts.ask(self._policy(), indices, batch)
        groups = self.rollouts.groups(asked)
        self.writers += [asked.policy] * len(groups)
        return groups

    def _next_round(self, carried: dict[str, Any]) -> PendingGroups:
        """Ask for the first round of the next batch; what is carried stays as it is, until that batch is collected."""
        indices = self.order.next(self.settings.batch_size, dict(carried))
        return self.rollouts.ask(self._policy(), indices, carried["batches"])

    def _update(self, batch: StepBatch, learning_rate: float, step: int) -> dict[str, Any]:
        """Optimizer steps on a batch of rollouts. Returns loss, KL, entropy, clip share and gradient norm (the last's).

        All requests are made before the first is awaited, that for the policy of the next step with them.
        """
        run, settings, distills = self.run, self.settings, load_algorithm(self.settings.algorithm).distills
        if not batch.groups:
            row = {"loss": 0.0, "kl": None, "entropy": None, "clip_share": 0.0, "grad_norm": 0.0}
            return row | ({"teacher_kl": None} if distills else {})
        if settings.temperature != 1.0:
            writers = [self.writers[place] for place in batch.places]
            batch = replace(batch, groups=at_temperature_one(run, writers, batch.groups, step))
        groups = batch.groups
        reference = None
        if self.reference is not None:
            reference = scored(run, self.reference, groups, f"step {step}, the start's")
        advantages = token_advantages(batch, settings, reference)
        data = rollout_datums(groups, advantages)
        clip = {"clip_low_threshold": 1 - settings.clip_low, "clip_high_threshold": 1 + settings.clip_high}
        config = None if settings.loss == "importance_sampling" else clip
        tokens = sum(datum.model_input.length + 1 for datum in data)
        # Before the step its price was a guess; what was sampled for it since is kept, and not paid for again.
        run.before_step(run.service.spending.cost(run.service.model, train=tokens * settings.updates_per_batch))
        row: dict[str, Any] = {}

        def stepped(output: ForwardBackwardOutput, optimized: OptimStepResponse) -> None:
            row.update(self._metrics(groups, advantages, reference, output), grad_norm=grad_norm(optimized))

        for update in range(settings.updates_per_batch):
            forward = run.client.forward_backward(data, settings.loss, config)
            optimized = run.client.optim_step(adam(settings, learning_rate))
            run.service.spending.charge(run.service.model, train=tokens)
            run.pipeline.submit(f"step {step + 1}, update {update + 1}", [forward, optimized], stepped)
        policy = run.client.save_weights_and_get_sampling_client()
        run.pipeline.drain()
        self.policy = self._opened(policy, step + 1)
        return row

    def _metrics(
        self,
        groups: list[Group],
        advantages: list[list[float]],
        reference: list[list[float]] | None,
        output: ForwardBackwardOutput,
    ) -> dict[str, Any]:
        """The metrics of an update, from the log-probabilities that the service returns."""
        old = [c.logprobs for group in groups for c in group.completions]
        now = torch.tensor([x for row, o in zip(logprobs(output), old, strict=True) for x in row[-len(o) :]])
        old_T, advantages_T = (torch.tensor([x for row in rows for x in row]) for rows in (old, advantages))
        losses_T, clipped_T = self.loss.token_losses(now, old_T, advantages_T, torch.ones_like(now))
        kl, taught, algorithm = None, {}, load_algorithm(self.settings.algorithm)
        if reference is not None:
            theirs = torch.tensor([x for row in reference for x in row])
            if algorithm.token_advantages is None:
                kl = kl_estimate(now, theirs).mean().item()
            else:
                taught = {"teacher_kl": -algorithm.token_advantages(old_T, theirs).mean().item()}
        return taught | {
            "loss": losses_T.sum().item(),
            "kl": kl,
            "entropy": -old_T.mean().item(),
            "clip_share": clipped_T.float().mean().item(),
        }

    def _measure(self, step: int) -> None:
        if self.held_out is not None:
            self.run.note({"step": step, "held_out_reward": self.held_out.reward(self._policy())})
