"""Settings of direct preference optimisation."""

from typing import Literal

from pydantic import Field

from gradus.study.settings.base import MOST_ROWS_AT_ONCE, MOST_TOKENS, Name, Share
from gradus.study.settings.prompts import Prompt
from gradus.study.settings.training import Trained, Training


class DpoTraining(Training):
    """What decides a direct preference optimisation besides its start and how problems are asked."""

    traces: list[Name] = Field(
        min_length=1,
        description="Trace sets of `kind: judged`, joined. Right and wrong solutions of a problem become pairs, drawn "
        "with the seed, each solution in one pair at most; what was cut or has no counterpart is left out.",
    )
    beta: float = Field(
        0.1,
        gt=0,
        le=100,
        description="How much the log-ratio to the starting policy counts: the smaller, the further the policy may go.",
    )
    epochs: int = Field(1, ge=1, le=10_000, description="Passes over the pairs; a checkpoint is kept after each.")
    batch_size: int = Field(
        16, ge=1, le=MOST_ROWS_AT_ONCE, description="Pairs of an optimizer step; `micro_batch` counts pairs too."
    )
    max_length: int = Field(
        192,
        ge=8,
        le=MOST_TOKENS,
        description="Longest text of a pair in tokens, with its prompt; pairs with a longer one are left out.",
    )
    held_out_share: Share = Field(
        0.05,
        description="Share of the problems whose pairs are kept from training, all of them, for the held-out loss and "
        "margin; with two problems or more at least one.",
    )


class Dpo(DpoTraining, Trained):
    """Direct preference optimisation (Rafailov et al. 2023, arXiv:2305.18290) of right against wrong solutions of the
    same problem."""

    stage: Literal["dpo"] = Field(description="Direct preference optimisation (backend: trl).")
    prompt: Prompt | None = Field(
        None, description="Keys of the study's prompt that are different where this experiment trains."
    )
