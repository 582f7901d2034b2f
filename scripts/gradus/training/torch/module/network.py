"""Any causal language model of transformers: as a dense module, with an adapter of PEFT, or in 4 bits beneath one.

What is trained is float32. With `bf16` passes compute in bfloat16 (autocast) and frozen weights are kept in it.

Shape suffixes: N completions, C completion positions, M tokens that are learned or real.
"""

import contextlib
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PeftModel
from torch import Tensor

from gradus.models.cpu import use_fast_products
from gradus.models.nf4 import without_dropout
from gradus.models.opened import ModelFolders
from gradus.models.quiet import quiet
from gradus.provenance.seeds import derive_seed
from gradus.specs.training import GrpoSpec, T, TrainingSpec
from gradus.training.adapters import lighten
from gradus.training.batches import Example, by_length, by_tokens
from gradus.training.causal_lm import (
    Loaded,
    Model,
    disable_dropout,
    load,
    load_frozen,
    network_of,
    refer_to,
    remember_start,
)
from gradus.training.ranks import Ranks
from gradus.training.reference import asks_for_reference
from gradus.training.rollouts.opening import open_engine
from gradus.training.rollouts.protocol import RolloutEngine
from gradus.training.torch.module import attention
from gradus.training.torch.module.gathered import GatheredRollouts
from gradus.training.torch.module.inputs import Inputs, packed_inputs, padded_inputs, shared_inputs
from gradus.training.torch.module.logprobs import TokenScorer
from gradus.training.torch.module.passes import padded_passes, shared_passes
from gradus.training.torch.module.sharded import DividedModel, Sharded, with_parameters
from gradus.training.torch.module.sizes import PASS_TOKENS
from gradus.training.torch.network import Completions, Part

Score = Callable[[Inputs, float, bool], tuple[Tensor, Tensor | None]]
"""See `TokenScorer`."""

Weights = Literal["trained", "at the start"]
"""Which of a module's weights compute: those in training, or the reference of a KL."""


class ModulePolicy:
    """A module in training; passes of the reference run through the same module without its adapter, with a frozen copy
    of the adapter that it began with or another one, through a frozen copy of all, or through another model. Several
    ranks that train it divide it."""

    def __init__(self, loaded: Loaded[Any], ranks: Ranks, reference: ModelFolders | None = None) -> None:
        """reference: what a KL is measured against, where it is another model than the start."""
        self.loaded, self._model = loaded, loaded.model
        settings = loaded.settings
        self.parameters = {name: p for name, p in loaded.model.named_parameters() if p.requires_grad}
        self._has_reference = asks_for_reference(settings)
        self._other: Model | None = None
        if self._has_reference and isinstance(loaded.model, PeftModel):
            remember_start(loaded.model, loaded.continued)
        if self._has_reference and reference is not None:
            if isinstance(loaded.model, PeftModel) and reference.dense.samefile(loaded.folder):
                refer_to(loaded.model, reference.adapter)
            else:
                self._other = load_frozen(reference, torch.bfloat16 if settings.bf16 else torch.float32)
        lighten(loaded.model)
        self._bf16, self._seed, self._rank = settings.bf16, settings.seed, ranks.number
        self._pass_tokens = settings.micro_batch_tokens or PASS_TOKENS
        self._network = network_of(loaded.model)
        self.scorer = TokenScorer(self._network)
        installed = attention.install(self._network)
        score: Score = self.scorer
        check: Callable[[], None] = self.scorer.check
        reads_rows: Callable[[], bool] = self.scorer.reads_rows
        self._sharded: Sharded | None = None
        if ranks.together:
            self._sharded = Sharded(loaded.model, ranks, settings.bf16)
            self.loaded = DividedModel.of(loaded, self._sharded)
            self.parameters = {name: self._sharded.parameters[name] for name in self.parameters}
            within = self._sharded.within
            score, check, reads_rows = within(score), within(check), within(reads_rows)
        self._score_trained = self._score_start = score
        self.device = next(iter(self.parameters.values())).device
        others_rows: Callable[[], bool] = bool
        if self._other is not None:
            lighten(self._other.to(self.device))
            other = TokenScorer(network_of(self._other))
            self._score_start, others_rows = other, other.reads_rows
            installed = attention.install(other.model) and installed
        without_dropout(loaded.model)
        with torch.no_grad(), self._precision():
            check()
            self.packed = installed and reads_rows() and (self._other is None or others_rows())
        if settings.gradient_checkpointing:
            self._network.gradient_checkpointing_enable({"use_reentrant": False})
        loaded.model.train()
        if isinstance(settings, GrpoSpec):
            disable_dropout(loaded.model)

    def weights(self) -> Weights:
        return "trained"

    def reference(self) -> Weights | None:
        """None where nothing asks for one: a copy of all weights is as large as the model."""
        if not self._has_reference:
            return None
        if self._other is not None:
            return "at the start"
        if self._sharded is not None and not isinstance(self._model, PeftModel):
            frozen = self._sharded.frozen()
            self._score_start = frozen.within(TokenScorer(network_of(frozen.model)))
        elif not isinstance(self._model, PeftModel):
            dtype = torch.bfloat16 if self._bf16 else torch.float32
            frozen = with_parameters(self._network, lambda _, p: p.to(dtype, copy=True)).requires_grad_(False)
            self._score_start = TokenScorer(frozen)
        return "at the start"

    def begin_step(self, step: int) -> None:
        """Each rank drops out what it will of its own rows, and a resumed run the same as one that was not stopped."""
        torch.manual_seed(derive_seed(self._seed, "dropout", self._rank, step))

    @contextlib.contextmanager
    def evaluating(self) -> Generator[None]:
        without_dropout(self._model)
        try:
            yield
        finally:
            self._model.train()

    def begin_pass(self, last: bool) -> None:
        """Gradients of an adapter are small enough to be kept whole until the last pass. Those of all parameters are
        not, so they are divided after each."""
        if self._sharded is not None and isinstance(self._model, PeftModel):
            self._sharded.reduce_at_last(last)

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
        if batch.written_R is not None:
            written_R = batch.written_R.to(self.device)
            logprobs_M, entropy_M = logprobs_M[written_R], entropy_M[written_R]
        zeros_N_C = torch.zeros(batch.mask_N_C.shape, device=self.device)
        return zeros_N_C.masked_scatter(batch.mask_N_C.bool(), logprobs_M), entropy_M

    def _score(
        self, weights: Weights, inputs: Inputs, temperature: float, entropy: bool
    ) -> tuple[Tensor, Tensor | None]:
        with self._precision(), self._as(weights):
            score = self._score_start if weights == "at the start" else self._score_trained
            return score(inputs, temperature, entropy)

    @contextlib.contextmanager
    def _as(self, weights: Weights) -> Generator[None]:
        """The adapters that these weights are."""
        if weights == "trained" or self._other is not None or not isinstance(self._model, PeftModel):
            yield
        elif "ref" in self._model.peft_config:
            self._model.set_adapter("ref")
            yield
            self._model.set_adapter("default")
        else:
            with self._model.disable_adapter():
                yield

    def save(self, directory: Path) -> None:
        self.loaded.save(directory)

    def _precision(self) -> contextlib.AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16)


class ModuleStart:
    """See `gradus.training.torch.network.Start`."""

    def __init__(
        self, loaded: Loaded[Any], state_folder: Path, ranks: Ranks, reference: ModelFolders | None = None
    ) -> None:
        self._state_folder = state_folder
        self.tokenizer, self.template = loaded.tokenizer, loaded.template
        self.ends, self.folder = loaded.ends, loaded.folder
        self._policy = ModulePolicy(loaded, ranks, reference)

    def policy_of(self, settings: TrainingSpec) -> ModulePolicy:
        return self._policy

    def engine_of(self, policy: ModulePolicy, longest_prompt: int) -> RolloutEngine:
        loaded = policy.loaded
        if isinstance(loaded, DividedModel) and loaded.settings.rollouts.engine == "transformers":
            settings = loaded.settings
            return GatheredRollouts(loaded.sharded, settings.bf16)
        return open_engine(loaded, longest_prompt, self._state_folder)

    def save(self, policy: ModulePolicy, directory: Path) -> None:
        policy.save(directory)


def open_start(
    model: ModelFolders,
    settings: T,
    state_folder: Path,
    log: Path | None = None,
    reference: ModelFolders | None = None,
) -> ModuleStart:
    quiet(log)
    ranks = Ranks.join()
    if not torch.cuda.is_available():
        use_fast_products()
    with ranks.first_before_others():
        loaded = load(model, settings, state_folder)
    # In 4 bits it is there already, and ranks move a layer at a time.
    if torch.cuda.is_available() and settings.method != "qlora" and not ranks.together:
        loaded.model.to("cuda")
    return ModuleStart(loaded, state_folder, ranks, reference)
