"""Settings of reinforcement learning, and of what writes its rollouts."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import (
    MOST_ROWS_AT_ONCE,
    MOST_STEPS,
    MOST_TOKENS,
    Address,
    Name,
    PluginOf,
    Settings,
)
from gradus.study.settings.prompts import Prompt
from gradus.study.settings.rewards import Rewards
from gradus.study.settings.training import Trained, Training
from gradus.study.settings.truncation import Truncation

SurrogateLoss = Literal["ppo", "importance_sampling", "cispo"]
KlEstimator = Literal["k1", "k2", "k3"]


class KlGuard(Settings):
    """Lowers the learning rate when the policy runs away from its reference."""

    threshold: float = Field(1.0, gt=0, description="Mean KL per token, in nats, that counts as a spike.")
    factor: float = Field(0.5, gt=0, lt=1, description="The learning rate is multiplied by this at each spike.")


class Phase(Settings):
    """A part of a run, which trains on one problem set."""

    set: Name = Field(description="The problem set.")
    steps: int = Field(ge=1, le=MOST_STEPS, description="Batches of rollouts.")


class GrpoTraining(Training, Truncation):
    """What decides a reinforcement learning besides its start and what the algorithm's preset gives."""

    algorithm: Annotated[str, PluginOf("gradus.training.algorithms", "ALGORITHM")] = Field(
        "grpo",
        description="How advantages and token losses are computed, and the preset for the settings below that are "
        "null: see the table of presets.",
    )
    problems: Name | Annotated[list[Phase], Field(min_length=1)] = Field(
        description="The problem set to train on; or several, one after another, each as `{set: NAME, steps: N}`: a "
        "curriculum. A set that comes again goes on where it stopped."
    )
    held_out: Name | None = Field(
        None,
        description="A problem set of which nothing is trained on: every checkpoint's reward is measured on it, "
        "greedily; null: none.",
    )
    steps: int | None = Field(
        None,
        ge=1,
        le=MOST_STEPS,
        description="Batches of rollouts. null: as many as `epochs` or the parts of `problems` say, else 100.",
    )
    epochs: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Passes over the problems, in place of `steps`. Batches are always full: what the last one lacks "
        "is taken from one pass more. Problems that dynamic sampling draws besides do not make the run shorter.",
    )
    order: Literal["shuffled", "file"] = Field(
        "shuffled",
        description="The order of the problems: shuffled with the seed, anew in each pass, or as they are in their "
        "file in each pass.",
    )
    drop_last: bool = Field(
        False,
        description="Leave out of each pass the problems at its end that fill no batch. Else a batch may have the last "
        "problems of one pass and the first of the next.",
    )
    batch_size: int = Field(16, ge=1, le=MOST_ROWS_AT_ONCE, description="Problems of a batch.")
    group_size: int = Field(
        8, ge=1, le=256, description="Completions per problem; two at least, or one where a teacher judges them."
    )
    temperature: float = Field(1.0, gt=0, le=2, description="Sampling temperature of rollouts.")
    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Rollouts draw from the likeliest tokens that have this probability together. Log-probabilities, "
        "and so ratio and KL, are those over the whole vocabulary (not by tinker, nor where vLLM writes rollouts).",
    )
    top_k: int | None = Field(
        None, ge=1, le=MOST_TOKENS, description="Rollouts draw from so many of the likeliest tokens; else as top_p."
    )
    min_p: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Rollouts draw from tokens at least this share as likely as the likeliest one; else as top_p.",
    )
    max_tokens: int = Field(96, ge=1, le=MOST_TOKENS, description="Longest completion of a rollout.")
    updates_per_batch: int = Field(1, ge=1, le=64, description="Optimizer steps on each batch of rollouts.")
    clip_dual: float | None = Field(
        None,
        gt=1,
        description="Where the advantage is negative, the largest ratio that a loss: ppo follows, as it is not clipped "
        "from above there (Ye et al. 2020, arXiv:1912.09729; TRL's delta); above 1 + clip_high; null: none (torch and "
        "trl).",
    )
    mask_truncated: bool = Field(
        False,
        description="Learn nothing from completions that max_tokens cut. Their rewards count in the advantages of "
        "their groups, and they in the number of completions that losses are averaged over; their tokens do not.",
    )
    overlap: int = Field(
        0,
        ge=0,
        le=1,
        description="1: draw the next batch of rollouts while a step is under way, from the weights before it; faster, "
        "and off-policy by one step (torch with network: transformers, and tinker).",
    )
    average_over: Literal["all_groups", "informative_groups"] = Field(
        "all_groups",
        description="What these averages are over: all groups of the batch, as the papers have it (under dynamic "
        "sampling the batch that it fills), or only those with a signal, so that a step is longer the fewer there are. "
        "Groups without a signal, whose rewards are all the same, have no gradient but that of the KL penalty, which "
        "informative_groups leaves out too.",
    )
    max_resamples: int = Field(2, ge=0, le=1000, description="Rounds of further problems under dynamic sampling.")
    kl_guard: KlGuard | None = Field(default_factory=KlGuard, description="Guard against a runaway policy; null: none.")
    checkpoint_every: int = Field(20, ge=1, le=MOST_STEPS, description="Steps between checkpoints that are kept.")

    @property
    def sets(self) -> list[str]:
        """The problem sets that it trains on, each once, by their first steps."""
        return [self.problems] if isinstance(self.problems, str) else list(dict.fromkeys(p.set for p in self.problems))


class Grpo(GrpoTraining, Trained):
    """Reinforcement learning with group-relative advantages. Settings that are null come from `algorithm`."""

    stage: Literal["grpo"] = Field(description="Reinforcement learning on verifiable rewards.")
    prompt: Prompt | None = Field(
        None, description="Keys of the study's prompt that are different where this experiment trains."
    )
    rewards: Rewards | None = Field(None, description="The parts of the reward and their weights.")
    loss: SurrogateLoss | None = Field(
        None,
        description="What the ratio of the new to the sampling probability does to a token's loss: clipped where it "
        "would gain from going further (ppo); the plain ratio, unclipped (importance_sampling); or a "
        "weight on the log-probability, clipped and without a gradient of its own (cispo: MiniMax 2025, "
        "arXiv:2506.13585; trl only with clip_low: 1 and normalisation: token).",
    )
    kl_coef: float | None = Field(None, ge=0, description="Weight of the KL penalty against the reference model.")
    teacher: Name | None = Field(
        None,
        description="The model or experiment that `algorithm: distillation` learns from, with the same tokenizer; see "
        "[On-policy distillation](#on-policy-distillation).",
    )
    reference_model: Name | None = Field(
        None,
        description="The model or experiment that the KL is measured against, that of the penalty and that of the "
        "guard, with the same tokenizer; null: what this experiment starts from. See "
        "[Reference models](#reference-models).",
    )
    kl_estimator: KlEstimator | None = Field(
        None,
        description="The penalty's estimate of a token's KL, which decides what its gradient follows: nothing on "
        "average (k1), the reverse KL (k2), or the forward KL (k3), see docs/algorithms.md. Metrics and the guard have "
        "k3 whatever it is (torch; trl has k3 alone).",
    )
    scale_advantages: bool | None = Field(
        None,
        description="Divide advantages by their scale: the standard deviation of the group, unless the algorithm's "
        "equation has another.",
    )
    clip_low: float | None = Field(
        None, gt=0, le=1, description="Lower clip range of the importance ratio; 1: no lower clip."
    )
    clip_high: float | None = Field(None, gt=0, description="Upper clip range of the importance ratio.")
    normalisation: Literal["sequence", "token", "constant"] | None = Field(
        None,
        description="How token losses are averaged: by completion then over completions; over all tokens of the "
        "batch; or by completions times max_tokens.",
    )
    dynamic_sampling: bool | None = Field(
        None,
        description="Draw further problems in place of those whose completions are all right or all wrong. Where "
        "max_resamples rounds do not fill the batch, groups that were dropped count in the averages.",
    )


class Rollouts(Settings):
    """What writes the completions that GRPO learns from, under trl and under torch with network: transformers. A matter
    of the machine, so profiles may set it."""

    engine: Literal["transformers", "vllm_colocate", "vllm_server"] = Field(
        "transformers",
        description="The model that trains, vLLM in the same process and on the same GPU, or a vLLM server on another "
        "one (`trl vllm-serve`).",
    )
    memory_share: float = Field(0.3, gt=0, lt=1, description="Share of the GPU's memory for vLLM (vllm_colocate).")
    sleep: bool = Field(
        True,
        description="vLLM gives its memory back while the model trains (vllm_colocate); not with overlap, as it writes "
        "then.",
    )
    server: Address = Field("http://127.0.0.1:8000", description="Address of the server (vllm_server).")
    correction: Literal["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"] = Field(
        "token_truncate",
        description="How importance sampling corrects for vLLM's probabilities not being the model's: weights per "
        "token or completion, cut at the cap, or 0 above it. none: vLLM's are the old probabilities of the ratio.",
    )
    correction_cap: float = Field(2.0, ge=1, description="Largest importance weight.")
