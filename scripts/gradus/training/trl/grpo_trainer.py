"""TRL's GRPOTrainer as the torch backend understands GRPO.

What differs from TRL by itself: prompts are tokens from Gradus' chat rendering, problems come in the order of the run's
seed, what the averages are over is said by `step_batch.py`, and the KL to the start is measured for the guard where the
loss has no use for it.
"""

import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from torch import Tensor, nn
from trl import GRPOTrainer
from trl.trainer.utils import use_adapter

from gradus.problems.table import Problem
from gradus.prompts.encoding import Prompt, encode_prompts
from gradus.prompts.messages import messages_for
from gradus.sampling.protocol import Completion
from gradus.training.groups import Group, problem_at, rewarded, rollout_seeds
from gradus.training.loss import kl_estimate
from gradus.training.step_batch import StepBatch, step_batch
from gradus.training.trl.arguments import grpo_arguments
from gradus.training.trl.course import Course
from gradus.training.trl.model import Loaded, kept_in_float32
from gradus.training.trl.run import Shared

KL_GROUPS = 4
"""Groups on which the KL is measured where it is no part of the loss: enough to see a policy run away."""


class Totals:
    """Sums over the tokens of an optimizer step's micro-batches."""

    def __init__(self) -> None:
        self.loss = self.tokens = self.kl = self.entropy = self.clipped = 0.0


class GrpoTrainer(Shared, GRPOTrainer):
    """groups: those of the last batch. learned: what of them is learned from. totals: of the last optimizer step."""

    def __init__(self, loaded: Loaded, problems: list[Problem], state_folder: Path) -> None:
        settings = loaded.settings
        self.settings, self.problems, self.tokenizer_of_start = settings, problems, loaded.tokenizer
        self.template_of_start = loaded.template
        self.prompts = self.prompts_of(problems)
        self.groups: list[Group] = []
        self.learned: StepBatch | None = None
        self.totals, self.measured_kl = Totals(), None
        self.rollout_seconds = 0.0
        self.course = Course(settings, settings["steps"], settings["updates_per_batch"])
        places = range(settings["steps"] * settings["batch_size"])
        order = [problem_at(place, len(problems), settings["seed"]) for place in places]
        if settings["kl_guard"] and not settings["kl_coef"] and isinstance(loaded.model, PeftModel):
            _remember_start(loaded.model, continued=loaded.continued)
        with kept_in_float32(loaded.model):
            super().__init__(
                model=loaded.model,
                reward_funcs=self.reward,
                args=grpo_arguments(settings, state_folder, max(len(prompt.ids) for prompt in self.prompts)),
                train_dataset=Dataset.from_dict({"prompt": [str(index) for index in order], "problem": order}),
                processing_class=loaded.processor,
            )
        _drop_nothing(self.model)

    def prompts_of(self, problems: list[Problem]) -> list[Prompt]:
        """The problems as the model is asked them."""
        conversations = (messages_for(problem.problem, self.settings["prompt"]) for problem in problems)
        return encode_prompts(self.template_of_start, self.tokenizer_of_start, conversations)

    def completion(self, ids: list[int]) -> Completion:
        """An answer, as rewards take it."""
        return Completion(ids, [], "stop" if ids[-1] in self.eos_token_ids else "length")

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [self.prompts[int(prompt)].ids for prompt in prompts], None, {}

    def reward(
        self, prompts: list[str], completions: list[str], completion_ids: list[list[int]], problem: list[int], **_: Any
    ) -> list[float]:
        """The weighted sum of the reward's parts for each completion of a batch."""
        settings, size = self.settings, self.num_generations
        batch = self.state.global_step // settings["updates_per_batch"]
        drawn = [self.completion(ids) for ids in completion_ids]
        asked = problem[::size]
        self.groups = rewarded(
            [self.prompts[index] for index in asked],
            [self.problems[index] for index in asked],
            drawn,
            rollout_seeds(settings["seed"], batch, len(drawn)),
            self.tokenizer_of_start,
            settings,
        )
        return [reward for group in self.groups for reward in group.rewards]

    def _generate(self, prompts: list[str]) -> Any:
        begin = time.monotonic()
        drawn = super()._generate(prompts)
        self.rollout_seconds = time.monotonic() - begin
        return drawn

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        batch = super()._generate_and_score_completions(inputs)
        self.measured_kl = self._kl_to_start(batch)
        self.learned = step_batch(self.groups, self.settings)
        return self.averaged(batch, self.learned)

    def averaged(self, batch: dict[str, Any], learned: StepBatch) -> dict[str, Any]:
        """The batch with the tokens masked that have no gradient, and the averages over what `learned` says.

        `share` is what TRL's mean over all completions is multiplied by to be that over those that count.
        """
        mask_N_C = batch["completion_mask"]
        keep_P = torch.zeros(len(mask_N_C) // self.num_generations, dtype=mask_N_C.dtype, device=mask_N_C.device)
        keep_P[learned.places] = 1
        # TRL averages over all tokens of the batch only where it is asked for token means.
        counts_tokens = self.settings["normalisation"] == "token"
        share = 1.0 if counts_tokens else len(mask_N_C) / max(learned.completions, 1)
        return batch | {
            "completion_mask": mask_N_C * keep_P.repeat_interleave(self.num_generations)[:, None],
            "num_items_in_batch": torch.tensor(learned.tokens, device=mask_N_C.device),
            "share": torch.tensor(share, device=mask_N_C.device),
        }

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Tensor:
        loss = super()._compute_loss(model, inputs) * inputs["share"]
        seen, tokens, totals = self._metrics["train"], int(inputs["completion_mask"].sum()), self.totals
        totals.loss += float(loss.detach())
        totals.tokens += tokens
        totals.entropy += seen["entropy"][-1] * tokens
        totals.clipped += seen["clip_ratio/region_mean"][-1] * tokens
        if self.beta:
            totals.kl += seen["kl"][-1] * tokens
        return loss

    @torch.no_grad()
    def _kl_to_start(self, batch: dict[str, Any]) -> float | None:
        """Mean KL per token over the first groups, for the guard; None where the loss or nobody measures it."""
        if self.beta or not self.settings["kl_guard"]:
            return None
        rows = slice(0, min(KL_GROUPS, len(self.groups)) * self.num_generations)
        mask_N_C = batch["completion_mask"][rows]
        ids_N_T = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)[rows]
        real_N_T = torch.cat([batch["prompt_mask"][rows], mask_N_C], dim=1)
        micro = self.args.per_device_train_batch_size
        arguments = (ids_N_T, real_N_T, mask_N_C.shape[1], micro)
        now_N_C = self._get_per_token_logps_and_entropies(self.model, *arguments)[0]
        model = self.accelerator.unwrap_model(self.model)
        with use_adapter(model, adapter_name="ref" if "ref" in model.peft_config else None):
            start_N_C = self._get_per_token_logps_and_entropies(self.model, *arguments)[0]
        return float((kl_estimate(now_N_C, start_N_C) * mask_N_C).sum() / mask_N_C.sum())


def _drop_nothing(model: nn.Module) -> None:
    """No dropout at any pass: else rollouts, old and new log-probabilities are those of three policies.

    GPT-2 has it in modules, models in Llama's way as a number of each attention layer.
    """
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0


def _remember_start(model: PeftModel, continued: bool) -> None:
    """A frozen copy of the adapter that a run continues, as TRL makes it where the loss has a KL penalty."""
    if not continued:
        return
    model.add_adapter("ref", model.peft_config["default"])
    for name, parameter in model.named_parameters():
        if ".default." in name:
            copy = model.get_parameter(name.replace(".default.", ".ref."))
            copy.data.copy_(parameter.data)
            copy.requires_grad_(False)
