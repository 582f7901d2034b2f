"""What the loops of this backend train, by whichever network computes it.

`embedded.py` is the pocket models' own network: one CPU thread, and the same bytes every time. `module/` is any causal
language model of transformers, on whatever device there is. A job's spec names one of the two as a module with a
function `open_start`, and the loops know no other difference.

Shape suffixes: P prompts, S prompt positions, N completions, C completion positions, M tokens that are learned, R
tokens of completions without padding.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from tokenizers import Tokenizer
from torch import Tensor

from gradus.models.ends import Ends
from gradus.models.opened import ModelFolders
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.job import Job
from gradus.provenance.rank_job import is_first
from gradus.specs.training import TrainingSpec
from gradus.training.batches import Example
from gradus.training.reference import reference_of
from gradus.training.rollouts.protocol import RolloutEngine

Weights = TypeVar("Weights")
"""What a network computes with; the loops only hand it on."""


Part = tuple[int, Sequence[int]]
"""The place of a group among others, and the places of some of its completions."""


class Completions(Protocol):
    """What a network reads of a micro-batch of completions, a `gradus.training.torch.completions.Batch`. That one knows
    groups with their verdicts, and so the grader, which is to be in no fingerprint of a supervised fine-tuning."""

    prompts_P_S: Tensor
    prompt_lengths_P: Tensor
    prompt_of_N: Tensor
    tokens_N_C: Tensor
    lengths_N: Tensor
    mask_N_C: Tensor
    """1 for tokens that are learned: those that the model wrote."""
    written_R: Tensor | None
    """Of all tokens, completion by completion, which are learned; None: all are."""
    texts: list[tuple[list[int], list[list[int]]]]
    """The ids of each prompt, and of its completions."""


class Policy(Protocol[Weights]):
    """A model in training. `parameters` are what is trained, by name."""

    parameters: dict[str, Tensor]
    device: torch.device

    def split_examples(self, lengths: Sequence[int]) -> list[list[int]]:
        """Examples of these lengths as passes forward and back, by their places: a matter of memory and caches, without
        effect on the gradient."""
        ...

    def split_groups(self, prompts: Sequence[int], completions: Sequence[Sequence[int]]) -> list[list[Part]]:
        """The same of groups: the length of each one's prompt, and of its completions. A pass may have parts of groups;
        together they have every completion once."""
        ...

    def begin_step(self, step: int) -> None:
        """To be told before each step of SFT, counted from 0: what drops out at it depends on the step and the seed."""
        ...

    def evaluating(self) -> AbstractContextManager[None]:
        """While in it nothing drops out."""
        ...

    def begin_pass(self, last: bool) -> None:
        """To be told before each pass forward and back; `last`: of those before an update."""
        ...

    def weights(self) -> Weights:
        """As they are, differentiable in the parameters."""
        ...

    def reference(self) -> Weights | None:
        """What a KL is measured against, whatever is trained later: another model, or these weights as they are now;
        None where no setting asks for one."""
        ...

    def example_logprobs(self, weights: Weights, examples: list[Example]) -> Tensor:
        """Log-probabilities [M] of the learned tokens of all examples, one after the other."""
        ...

    def completion_logprobs(self, weights: Weights, batch: Completions, temperature: float) -> tuple[Tensor, Tensor]:
        """Log-probability [N, C] of each learned token (0 elsewhere), and the entropy [M] of these."""
        ...


class Start(Protocol[Weights]):
    """The files that a run starts from, and what is done with them besides training."""

    folder: Path
    tokenizer: Tokenizer
    template: ChatTemplate
    ends: Ends

    def policy_of(self, settings: TrainingSpec) -> Policy[Weights]:
        """What the settings train from here."""
        ...

    def engine_of(self, policy: Policy[Weights], longest_prompt: int) -> RolloutEngine:
        """What writes the policy's rollouts, to prompts of at most so many tokens."""
        ...

    def save(self, policy: Policy[Weights], directory: Path) -> None:
        """Write the policy as a model folder."""
        ...


def open_start(job: Job[Any], model: ModelFolders, state_folder: Path) -> Start[Any]:
    """The start of a run by the network that the job's spec names."""
    _, network, *_ = job.modules
    log = job.optional("log") if is_first() else None
    reference = reference_of(job, model)
    return import_module(network).open_start(model, job.settings, state_folder, log, reference)
