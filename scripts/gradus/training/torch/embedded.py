"""Pocket models: the embedded network, float32 on one CPU thread, with the same bytes every time.

A policy is dense weights, or frozen dense weights with an adapter that is merged into them before every pass.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from gradus.models.architecture import Architecture
from gradus.models.cpu import use_one_fast_thread
from gradus.models.ends import Ends
from gradus.models.lora import Adapter, init_adapter, load_adapter, merged, save_adapter
from gradus.models.opened import ModelFolders
from gradus.models.qwen3 import Weights, completion_hidden, hidden_states, token_logprobs
from gradus.models.store import load_model, save_model
from gradus.models.tokenizer import copy_tokenizer, load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.torch.engine import generate
from gradus.specs.training import SftSpec, TrainingSpec
from gradus.training.batches import Example, by_length, padded
from gradus.training.torch.network import Completions, Part

SFT_TOKENS = 4096
"""Tokens of a micro-batch of traces."""

GRPO_TOKENS = 2048
"""Completion tokens of a micro-batch of groups."""


def open_start(
    model: ModelFolders,
    settings: TrainingSpec,
    state_folder: Path,
    log: Path | None = None,
    reference: ModelFolders | None = None,
) -> "Start":
    use_one_fast_thread()
    return Start(model, SFT_TOKENS if isinstance(settings, SftSpec) else GRPO_TOKENS, reference)


@dataclass(frozen=True)
class OtherModel:
    """Dense weights of a shape of their own."""

    arch: Architecture
    weights: Weights

    @classmethod
    def read(cls, model: ModelFolders) -> "OtherModel":
        arch, dense = load_model(model.dense)
        return cls(arch, merged(dense, load_adapter(model.adapter, arch)) if model.adapter else dense)


class Policy:
    """What is trained (`parameters`), and the dense weights that it amounts to (`weights`)."""

    device = torch.device("cpu")

    def __init__(
        self,
        arch: Architecture,
        dense: Weights,
        adapter: Adapter | None,
        micro_batch_tokens: int | None = None,
        reference: ModelFolders | None = None,
    ) -> None:
        self.arch, self._reference = arch, reference
        self.micro_batch_tokens = micro_batch_tokens or GRPO_TOKENS
        self._dense = dense
        self._adapter = adapter
        self.parameters: dict[str, Tensor] = dict(dense)
        if adapter is not None:
            self.parameters = {f"{name}.A": tensor for name, tensor in adapter.a.items()}
            self.parameters |= {f"{name}.B": tensor for name, tensor in adapter.b.items()}
        for tensor in self.parameters.values():
            tensor.requires_grad_(True)

    def begin_step(self, step: int) -> None:
        """Nothing drops out here."""

    def evaluating(self) -> AbstractContextManager[None]:
        return nullcontext()

    def begin_pass(self, last: bool) -> None:
        """Gradients add up by themselves."""

    def weights(self) -> Weights:
        """The dense weights, differentiable in the parameters."""
        return self._dense if self._adapter is None else merged(self._dense, self._adapter)

    def frozen_weights(self) -> Weights:
        """A copy of the dense weights as they are now."""
        with torch.no_grad():
            return {name: tensor.detach().clone() for name, tensor in self.weights().items()}

    def reference(self) -> Weights | OtherModel:
        """Kept whatever the settings: the copy is small, and the KL is a metric of every run."""
        return OtherModel.read(self._reference) if self._reference else self.frozen_weights()

    def split_examples(self, lengths: Sequence[int]) -> list[list[int]]:
        return by_length(lengths, self.micro_batch_tokens)

    def split_groups(self, prompts: Sequence[int], completions: Sequence[Sequence[int]]) -> list[list[Part]]:
        """By completion tokens, padded: prompts run once for their group."""
        passes = by_length(
            [max(lengths) for lengths in completions], self.micro_batch_tokens // max(map(len, completions))
        )
        return [[(i, range(len(completions[i]))) for i in one] for one in passes]

    def example_logprobs(self, weights: Weights, examples: list[Example]) -> Tensor:
        ids_B_T = padded([ids for ids, _ in examples], fill=0)
        learned_B_T = padded([mask for _, mask in examples], fill=0).bool()[:, 1:]
        real_B_T = padded([[0] * len(ids) for ids, _ in examples], fill=-1)
        hidden_B_T_H = hidden_states(weights, self.arch, ids_B_T, real_B_T)
        return token_logprobs(weights, hidden_B_T_H[:, :-1][learned_B_T], ids_B_T[:, 1:][learned_B_T])[0]

    def completion_logprobs(
        self, weights: Weights | OtherModel, batch: Completions, temperature: float
    ) -> tuple[Tensor, Tensor]:
        arch = self.arch
        if isinstance(weights, OtherModel):
            arch, weights = weights.arch, weights.weights
        hidden_N_C_H = completion_hidden(
            weights,
            arch,
            batch.prompts_P_S,
            batch.prompt_lengths_P,
            batch.tokens_N_C,
            batch.prompt_of_N,
            batch.lengths_N,
        )
        real_N_C = batch.mask_N_C.bool()
        logprobs_M, entropy_M = token_logprobs(
            weights, hidden_N_C_H[real_N_C], batch.tokens_N_C[real_N_C], temperature=temperature, entropy=True
        )
        assert entropy_M is not None  # it was asked for
        return torch.zeros(batch.mask_N_C.shape).masked_scatter(real_N_C, logprobs_M), entropy_M

    def save(self, directory: Path, base: str) -> None:
        """Write the adapter, or the dense model; `base` is the path of the model that an adapter belongs to."""
        if self._adapter is None:
            save_model(directory, self.arch, self._dense)
        else:
            save_adapter(directory, self._adapter, base)


class Engine:
    """Rollouts by the weights that `weights` gave when they were pushed. See `gradus.training.rollouts.protocol`."""

    def __init__(self, arch: Architecture, weights: Callable[[], Weights]) -> None:
        self._arch, self._source = arch, weights
        self.weights: Weights = {}

    def push(self) -> None:
        self.weights = self._source()

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding
    ) -> list[Completion]:
        return generate(self.weights, self._arch, prompts, seeds=seeds, decoding=decoding)

    def sleep(self) -> None:
        self.weights = {}


class Start:
    """The files that a run starts from: a dense model with its tokenizer, and maybe an adapter on it."""

    def __init__(
        self, model: ModelFolders, micro_batch_tokens: int = GRPO_TOKENS, reference: ModelFolders | None = None
    ) -> None:
        """reference: what a KL is measured against, where it is another model."""
        self.micro_batch_tokens, self._reference = micro_batch_tokens, reference
        self.folder = model.dense
        arch, self._dense = load_model(self.folder)
        self._adapter = load_adapter(model.adapter, arch) if model.adapter else None
        self.tokenizer: Tokenizer = load_tokenizer(self.folder)
        self.template = ChatTemplate.load(self.folder)
        self.ends = Ends.of(self.folder, self.tokenizer, self.template)
        self.arch = replace(arch, eos_token_id=self.ends.ids)  # which is what the trained model says of itself

    def weights(self) -> Weights:
        """The dense weights to sample from."""
        return self._dense if self._adapter is None else merged(self._dense, self._adapter)

    def policy_of(self, settings: TrainingSpec) -> Policy:
        lora = settings.lora
        return self.policy(settings.method, lora.rank, lora.alpha, lora.names, settings.seed)

    def policy(self, method: str, rank: int, alpha: float, targets: Sequence[str], seed: int) -> Policy:
        """A policy to train: all parameters; the adapter that is there; or a fresh adapter."""
        if method == "full":
            dense = {name: tensor.clone() for name, tensor in self.weights().items()}
            return Policy(self.arch, dense, None, self.micro_batch_tokens, self._reference)
        adapter = self._adapter or init_adapter(self.arch, rank, alpha, tuple(targets), seed)
        return Policy(self.arch, self._dense, adapter, self.micro_batch_tokens, self._reference)

    def engine_of(self, policy: Policy, longest_prompt: int) -> "Engine":
        return Engine(self.arch, policy.frozen_weights)

    def save(self, policy: Policy, directory: Path) -> None:
        """Write a policy that was trained from here. Every model folder is whole: with its tokenizer."""
        copy_tokenizer(self.folder, directory)
        policy.save(directory, str(self.folder))
