"""TRL's GRPOTrainer, made to train as the embedded loop does.

TRL scores and computes the loss. What differs from TRL alone: rollouts come from the engines of `rollouts/`;
`collecting.py` decides which problems are drawn, and drawn again under dynamic sampling; advantages are those of the
algorithm; only groups that are learned from are scored and run forward and backward; `step_batch.py` decides what the
averages are over; and the KL to the start is measured for the guard where the loss has none: on the first KL_GROUPS
groups, but once a batch, before its updates, and not in the last of them. With updates_per_batch: 1 that is the same.

Shape suffixes: P groups of G completions, N completions in all.
"""

import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from trl import GRPOConfig, GRPOTrainer
from trl.trainer.utils import add_fused_lm_head, use_adapter

from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.specs.training import GrpoSpec
from gradus.training.advantages import TokenAdvantages
from gradus.training.algorithm import load_algorithm
from gradus.training.causal_lm import (
    Loaded,
    disable_dropout,
    kept_in_float32,
    load_frozen,
    network_of,
    refer_to,
    remember_start,
)
from gradus.training.loss import kl_estimate
from gradus.training.problem_order import ProblemOrder, fresh_carried
from gradus.training.rollouts.importance import Weighed, corrects
from gradus.training.rollouts.opening import open_engine
from gradus.training.rollouts.sampler import GroupSampler, HeldOut
from gradus.training.rollouts.source import Rollouts
from gradus.training.spans import span
from gradus.training.step_batch import KL_GROUPS, StepBatch
from gradus.training.trl.arguments import grpo_arguments
from gradus.training.trl.run import TrainerBase
from gradus.training.trl.schedule import LearningRateSchedule

COMPLETION_TENSORS = (
    *("completion_ids", "completion_mask", "old_per_token_logps", "ref_per_token_logps"),
    *("sampling_per_token_logps", "tool_mask", "importance_sampling_ratio", "advantages"),
)
"""TRL's tensors with a column for each token of a completion; the last two may have a single column, or none."""

Tensors = dict[str, Tensor]


class Totals:
    """Sums over the tokens of an optimizer step's micro-batches."""

    def __init__(self) -> None:
        self.loss = self.tokens = self.kl = self.entropy = self.clipped = 0.0


class GrpoTrainer(TrainerBase, GRPOTrainer):
    """learned: what is learned from in the last batch. metrics: of everything drawn for it. totals: of the last
    optimizer step. carried: what a run carries from batch to batch, see `problem_order.py`. rollouts: what is drawn."""

    args: GRPOConfig
    num_generations: int
    learned: StepBatch
    metrics: dict[str, Any]
    measured_kl: float | None = None
    rollout_seconds = 0.0

    def __init__(
        self,
        loaded: Loaded[GrpoSpec],
        problems: list[Problem],
        state_folder: Path,
        held_out: HeldOut | None = None,
        carried: dict[str, Any] | None = None,
        order: ProblemOrder | None = None,
        reference: ModelFolders | None = None,
    ) -> None:
        """`held_out` is known to what writes its answers beside the rollouts. order: by default of problems of one
        set. reference: what a KL is measured against, where it is another model than the start."""
        settings = loaded.settings
        self.order = order or ProblemOrder.over(settings, {settings.sets[0]: len(problems)})
        self.settings, self.totals = settings, Totals()
        self.carried = fresh_carried() if carried is None else carried
        sampler = GroupSampler(loaded, problems, settings)
        self.schedule = LearningRateSchedule(settings, self.order.steps, settings.updates_per_batch)
        if settings.kl_guard and not settings.kl_coef and isinstance(loaded.model, PeftModel):
            remember_start(loaded.model, continued=loaded.continued)
        with kept_in_float32(loaded.model):
            super().__init__(
                model=loaded.model,
                reward_funcs=self._reward,
                args=grpo_arguments(settings, state_folder, self.order.steps),
                # As many rows as the steps need; `collect` chooses the problems, not TRL.
                train_dataset=Dataset.from_dict({"prompt": [""] * (self.order.steps * settings.batch_size)}),
                processing_class=loaded.processor,
            )
        if reference is not None:
            self._refer_to(reference, loaded)
        disable_dropout(self.model)
        # TRL weighs by what the rollouts are said to have been sampled with; it is told of no vLLM, and starts none.
        self.use_vllm = corrects(settings)
        longest = max(asked.longest_prompt for asked in (sampler, held_out) if asked)
        engine = open_engine(loaded, longest, state_folder)
        self.rollouts = Rollouts(engine, sampler, self.order, self.carried)

    def _refer_to(self, reference: ModelFolders, loaded: Loaded[GrpoSpec]) -> None:
        """Another adapter of the same base in the model itself, or another model beside it."""
        if isinstance(loaded.model, PeftModel) and reference.dense.samefile(loaded.folder):
            refer_to(loaded.model, reference.adapter)
        else:
            frozen = load_frozen(reference, torch.bfloat16 if self.settings.bf16 else torch.float32)
            network = network_of(frozen)
            add_fused_lm_head(network, temperature=self.temperature)  # as TRL scores its own
            self.ref_model = self.accelerator.prepare_model(network, evaluation_mode=True)

    def _prepare_inputs(self, inputs: Any) -> Tensors:
        """The next micro-batch, drawing rollouts before the first of a batch; empty where nothing is left to learn."""
        per_step = self.args.steps_per_generation
        assert per_step is not None  # GRPOConfig sets it where its caller does not
        if self._step % (per_step * self.num_iterations) == 0 or self._buffered_inputs is None:
            begin = time.monotonic()
            collected = self.rollouts.collect()
            self.rollout_seconds = time.monotonic() - begin
            self.learn_from(*collected)
        place, ready = self._step % per_step, self._buffered_inputs or []
        return ready[place] if place < len(ready) else {}

    def learn_from(self, learned: StepBatch, metrics: dict[str, Any]) -> None:
        """Make the micro-batches of a step; without groups that are learned from there are none."""
        self.learned, self.metrics = learned, metrics
        self.measured_kl, self._buffered_inputs = None, []
        if not learned.groups:
            self.metrics |= Weighed().metrics() if self.use_vllm else {}
            self.metrics |= {"teacher_kl": None} if load_algorithm(self.settings.algorithm).distills else {}
            return
        self.num_generations = 1  # for TRL's own advantages, which are replaced: groups may have lost completions
        batch = self._generate_and_score_completions([{"prompt": ""} for g in learned.groups for _ in g.completions])
        self.num_generations = self.settings.group_size
        device = batch["completion_mask"].device
        batch |= {"advantages": torch.tensor([x for row in learned.advantages for x in row], device=device)}
        batch |= {"num_items_in_batch": torch.tensor(learned.tokens, device=device)}
        if self.use_vllm:
            seen, ratio = self._metrics["train"], "sampling/importance_sampling_ratio"
            self.metrics |= {"importance_weight": seen[f"{ratio}/mean"][-1]}
            self.metrics |= {"importance_weight_max": seen[f"{ratio}/max"][-1]}
        elif "sampling_per_token_logps" in batch:
            batch |= {"old_per_token_logps": batch["sampling_per_token_logps"]}  # correction: none
        self.measured_kl = self._kl_to_start(batch)
        if (teach := load_algorithm(self.settings.algorithm).token_advantages) is not None:
            batch |= self._taught(batch, teach)
        # Rows of like lengths together, so that little of a micro-batch is padding.
        order = batch["completion_mask"].sum(1).argsort(descending=True, stable=True)
        self._buffered_inputs = [_rows(batch, part) for part in order.split(self.args.per_device_train_batch_size)]

    def _generate(self, prompts: list[str]) -> Any:
        """What TRL scores: the answers that were drawn, and what of them is the model's own where not all is."""
        groups = self.learned.groups
        answers = [completion for group in groups for completion in group.completions]
        asked = [group.prompt_ids for group in groups for _ in group.completions]
        logprobs = [answer.logprobs for answer in answers] if self.settings.rollouts.engine != "transformers" else None
        several_turns = any(answer.given for answer in answers)
        own = [list(map(int, answer.written)) for answer in answers] if several_turns else None
        return asked, [answer.token_ids for answer in answers], own, [""] * len(answers), logprobs, {}, None, []

    def _reward(self, prompts: list[str], completions: list[str], **_: Any) -> list[float | None]:
        return [reward for group in self.learned.groups for reward in group.rewards]

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Tensor:
        with span("policy_loss_backward"):
            return super().training_step(model, inputs, num_items_in_batch)

    def _compute_loss(self, model: Any, inputs: Tensors) -> Tensor:
        if not inputs:
            return torch.zeros((), device=self.accelerator.device, requires_grad=True)
        loss = super()._compute_loss(model, inputs)
        if self.settings.normalisation != "token":
            # TRL's mean is over the rows of a micro-batch, and over all micro-batches of a full batch.
            rows = len(inputs["advantages"])
            loss = loss * (rows * self.current_gradient_accumulation_steps / self.learned.completions)
        seen, tokens, totals = self._metrics["train"], int(_learned(inputs).sum()), self.totals
        totals.loss += float(loss.detach())
        totals.tokens += tokens
        totals.entropy += seen["entropy"][-1] * tokens
        share = "cispo_clip_ratio" if self.loss_type == "cispo" else "clip_ratio/region_mean"
        totals.clipped += seen[share][-1] * tokens
        if self.beta:
            totals.kl += seen["kl"][-1] * tokens
        return loss

    def step_metrics(self) -> dict[str, float | None]:
        """Of the last optimizer step: the loss over the whole batch, the rest over the tokens that went through it.

        TRL's clip share is one of completions where the ratio is a whole completion's, leaves out what clip_dual clips,
        and of a loss: cispo counts the tokens with an advantage above 0.
        """
        totals = self.totals
        if not self.learned.groups:
            return {"loss": 0.0, "kl": None, "entropy": None, "clip_share": 0.0}
        kl = totals.kl / totals.tokens if self.beta else self.measured_kl
        shares = {"entropy": totals.entropy / totals.tokens, "clip_share": totals.clipped / totals.tokens}
        return {"loss": totals.loss, "kl": kl} | shares

    @torch.no_grad()
    def _kl_to_start(self, batch: Tensors) -> float | None:
        """Mean KL per token over the first groups, for the guard; None where the loss has it, or there is no guard."""
        if self.beta or not self.settings.kl_guard:
            return None
        rows = slice(0, sum(len(group.completions) for group in self.learned.groups[:KL_GROUPS]))
        batch = {name: tensor[rows] if tensor.ndim else tensor for name, tensor in batch.items()}
        learned_N_C = _learned(batch)
        estimates_N_C = kl_estimate(self._logprobs(self.model, batch), self._reference_logprobs(batch))
        return float((estimates_N_C * learned_N_C).sum() / learned_N_C.sum())

    @torch.no_grad()
    def _taught(self, batch: Tensors, teach: TokenAdvantages) -> Tensors:
        """The advantages [N, C] of tokens, with what the teacher, which is the reference, says of each; its KL goes to
        the metrics."""
        learned_N_C = _learned(batch)
        old_N_C = batch.get("old_per_token_logps")
        if old_N_C is None:  # TRL takes those of the first update, which are the sampler's
            answers = [completion.logprobs for group in self.learned.groups for completion in group.completions]
            old_N_C = pad_sequence([torch.tensor(row) for row in answers], batch_first=True).to(learned_N_C.device)
        added_N_C = teach(old_N_C, self._reference_logprobs(batch)) * learned_N_C
        self.metrics |= {"teacher_kl": -float(added_N_C.sum() / learned_N_C.sum())}
        return {"advantages": batch["advantages"][:, None] + added_N_C}

    def _reference_logprobs(self, batch: Tensors) -> Tensor:
        """[N, C], by another model, another adapter, or none."""
        if self.ref_model is not None:
            return self._logprobs(self.ref_model, batch)
        model = self.accelerator.unwrap_model(self.model)
        with use_adapter(model, adapter_name="ref" if "ref" in model.peft_config else None):
            return self._logprobs(self.model, batch)

    def _logprobs(self, model: Any, batch: Tensors) -> Tensor:
        """[N, C]"""
        ids_N_T = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)
        real_N_T = torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1)
        most, micro = batch["completion_mask"].shape[1], self.args.per_device_train_batch_size
        return self._get_per_token_logps_and_entropies(model, ids_N_T, real_N_T, most, micro)[0]


def _learned(batch: Tensors) -> Tensor:
    """Which tokens of the completions are learned: those that the model wrote."""
    return batch["completion_mask"] * batch.get("tool_mask", 1)


def _rows(batch: Tensors, chosen: Tensor) -> Tensors:
    """The rows at these indices, without the columns that are padding in all of them; what is no row stays."""
    answer, prompt = (int(batch[mask][chosen].sum(1).max()) for mask in ("completion_mask", "prompt_mask"))
    part = {name: tensor[chosen] if tensor.ndim else tensor for name, tensor in batch.items()}
    part |= {name: part[name][:, :answer] for name in COMPLETION_TENSORS if name in part and part[name].ndim == 2}
    return part | {name: part[name][:, -prompt:] for name in ("prompt_ids", "prompt_mask")}
