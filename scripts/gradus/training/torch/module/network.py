"""Any causal language model of transformers: as a dense module, with an adapter of PEFT, or in 4 bits beneath one.

What is trained is float32. With `bf16` passes compute in bfloat16 (autocast) and frozen weights are kept in it.

Shape suffixes: N completions, C completion positions, M tokens that are learned or real.
"""

import contextlib
import copy
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PeftModel
from torch import Tensor

from gradus.models.opened import ModelFolders
from gradus.specs.training import GrpoSpec, T, TrainingSpec
from gradus.training.batches import Example, by_length, by_tokens
from gradus.training.causal_lm import Loaded, disable_dropout, load, network_of, remember_start
from gradus.training.rollouts.opening import open_engine
from gradus.training.rollouts.protocol import RolloutEngine
from gradus.training.torch.module import attention
from gradus.training.torch.module.inputs import Inputs, packed_inputs, padded_inputs, shared_inputs
from gradus.training.torch.module.logprobs import TokenScorer
from gradus.training.torch.module.passes import padded_passes, shared_passes
from gradus.training.torch.module.sizes import PASS_TOKENS
from gradus.training.torch.network import Completions, Part

Weights = Literal["trained", "at the start"]
"""Which of a module's weights compute: those in training, or the reference of a KL."""


class ModulePolicy:
    """A module in training; passes of the reference run through the same module without its adapter, with a frozen copy
    of the adapter that it began with, or through a frozen copy of all."""

    def __init__(self, loaded: Loaded[Any]) -> None:
        self._loaded, self._model = loaded, loaded.model
        settings = loaded.settings
        self.device = next(loaded.model.parameters()).device
        self.parameters = {name: p for name, p in loaded.model.named_parameters() if p.requires_grad}
        self._bf16 = settings.bf16
        self._pass_tokens = settings.micro_batch_tokens or PASS_TOKENS
        self._network = network_of(loaded.model)
        self.scorer = TokenScorer(self._network)
        self._start: TokenScorer | None = None
        with self._precision():
            self.scorer.check()
            self.packed = attention.install(self._network) and self.scorer.reads_rows()
        if settings.gradient_checkpointing:
            self._network.gradient_checkpointing_enable({"use_reentrant": False})
        loaded.model.train()
        if isinstance(settings, GrpoSpec):
            disable_dropout(loaded.model)

    def weights(self) -> Weights:
        return "trained"

    def reference(self) -> Weights | None:
        """None where neither the loss nor the guard asks for a KL: a copy of all weights is as large as the model."""
        settings = self._loaded.settings
        if not isinstance(settings, GrpoSpec) or not (settings.kl_coef or settings.kl_guard):
            return None
        if isinstance(self._model, PeftModel):
            remember_start(self._model, self._loaded.continued)
        else:
            frozen = copy.deepcopy(self._network).requires_grad_(False)
            self._start = TokenScorer(frozen.to(torch.bfloat16) if self._bf16 else frozen)
        return "at the start"

    def split_examples(self, lengths: Sequence[int]) -> list[list[int]]:
        return (by_tokens if self.packed else by_length)(lengths, self._pass_tokens)

    def split_groups(self, prompts: Sequence[int], completions: Sequence[Sequence[int]]) -> list[list[Part]]:
        split = shared_passes if self.packed else padded_passes
        return split(prompts, completions, self._pass_tokens)

    def example_logprobs(self, weights: Weights, examples: list[Example]) -> Tensor:
        inputs_of = packed_inputs if self.packed else padded_inputs
        return self._score(weights, inputs_of(examples, self.device), 1.0, entropy=False)[0]

    def completion_logprobs(self, weights: Weights, batch: Completions, temperature: float) -> tuple[Tensor, Tensor]:
        if self.packed:
            inputs = shared_inputs(batch.texts, self.device)
        else:
            examples = [
                (prompt + completion, [False] * len(prompt) + [True] * len(completion))
                for prompt, completions in batch.texts
                for completion in completions
            ]
            inputs = padded_inputs(examples, self.device)
        logprobs_M, entropy_M = self._score(weights, inputs, temperature, entropy=True)
        assert entropy_M is not None  # it was asked for
        zeros_N_C = torch.zeros(batch.mask_N_C.shape, device=self.device)
        return zeros_N_C.masked_scatter(batch.mask_N_C.bool(), logprobs_M), entropy_M

    def _score(
        self, weights: Weights, inputs: Inputs, temperature: float, entropy: bool
    ) -> tuple[Tensor, Tensor | None]:
        with self._precision(), self._as(weights):
            scorer = self._start if weights == "at the start" and self._start is not None else self.scorer
            return scorer(inputs, temperature, entropy)

    @contextlib.contextmanager
    def _as(self, weights: Weights) -> Generator[None]:
        """The adapters that these weights are."""
        if weights == "trained" or not isinstance(self._model, PeftModel):
            yield
        elif "ref" in self._model.peft_config:
            self._model.set_adapter("ref")
            yield
            self._model.set_adapter("default")
        else:
            with self._model.disable_adapter():
                yield

    def save(self, directory: Path) -> None:
        self._loaded.save(directory)

    def _precision(self) -> contextlib.AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16)


class ModuleStart:
    """See `gradus.training.torch.network.Start`."""

    def __init__(self, loaded: Loaded[Any], state_folder: Path) -> None:
        self._loaded, self._state_folder = loaded, state_folder
        self.tokenizer, self.template = loaded.tokenizer, loaded.template
        self.ends = loaded.ends
        self._policy = ModulePolicy(loaded)

    def policy_of(self, settings: TrainingSpec) -> ModulePolicy:
        return self._policy

    def engine_of(self, policy: ModulePolicy, longest_prompt: int) -> RolloutEngine:
        return open_engine(self._loaded, longest_prompt, self._state_folder)

    def save(self, policy: ModulePolicy, directory: Path) -> None:
        policy.save(directory)


def open_start(model: ModelFolders, settings: T, state_folder: Path) -> ModuleStart:
    loaded = load(model, settings, state_folder)
    if torch.cuda.is_available() and settings.method != "qlora":  # which is there already
        loaded.model.to("cuda")
    return ModuleStart(loaded, state_folder)
