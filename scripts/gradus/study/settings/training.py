"""Settings of how experiments are trained."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gradus.study.settings.base import (
    MOST_GPUS,
    MOST_ROWS_AT_ONCE,
    MOST_STEPS,
    MOST_TOKENS,
    Address,
    Name,
    PluginOf,
    Settings,
    Share,
)
from gradus.study.settings.experiment import Experiment, Untrained
from gradus.study.settings.prompts import Prompt
from gradus.study.settings.rewards import Rewards

Target = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]
ALL_LINEAR: list[Target] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

SurrogateLoss = Literal["ppo", "importance_sampling", "cispo"]
KlEstimator = Literal["k1", "k2", "k3"]


class Lora(Settings):
    """Low-rank adapters (Hu et al. 2021, arXiv:2106.09685)."""

    rank: int = Field(16, ge=1, le=1024, description="Rank r of the update.")
    alpha: float = Field(32.0, gt=0, description="The update is scaled by alpha / rank.")
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of the adapter's inputs dropped in training (SFT under trl only: GRPO has to know the "
        "probabilities of the very policy that wrote its completions).",
    )
    targets: Annotated[list[Target], Field(min_length=1)] | Literal["all-linear"] = Field(
        ALL_LINEAR,
        description="Matrices that get an adapter, by the last part of their names (GPT-2 has c_attn, c_proj and "
        "c_fc); all-linear: those of all layers, whatever their names.",
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The targets of a model whose layers have the seven matrices of Qwen and Llama."""
        return tuple(ALL_LINEAR if self.targets == "all-linear" else self.targets)


class Training(Settings):
    """How SFT and GRPO train: what the jobs' specs share."""

    backend: Literal["torch", "trl", "tinker"] = Field(
        "torch",
        description="Which implementation trains: the embedded one for tiny models on a CPU, TRL and PEFT, or the "
        "service of [Tinker](#tinker); see [Backends](#backends).",
    )
    network: Literal["embedded", "transformers"] | None = Field(
        None,
        description="What computes the model under the torch backend: the embedded network (pocket models in float32 "
        "on one CPU thread, with the same bytes every time), or the model's own of transformers, of any family, on a "
        "GPU where there is one. null: embedded for Qwen3 models that the study pretrains, else transformers (torch "
        "only).",
    )
    method: Literal["lora", "qlora", "full"] = Field(
        "lora",
        description="Train an adapter, an adapter on weights in 4 bits (NF4; torch keeps their values in float32), or "
        "all parameters.",
    )
    lora: Lora = Field(default_factory=Lora, description="The adapter, where the method is lora or qlora.")
    learning_rate: float = Field(1e-4, gt=0, le=1, description="Peak learning rate.")
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "constant", description="Learning-rate schedule after warm-up; linear and cosine end at `decay_to`."
    )
    decay_to: Share = Field(0.0, description="Share of the learning rate that linear and cosine schedules end at.")
    warmup_share: Share = Field(0.0, description="Share of the steps with linear warm-up.")
    weight_decay: float = Field(0.0, ge=0, description="AdamW weight decay on matrices.")
    betas: list[Share] = Field([0.9, 0.95], min_length=2, max_length=2, description="AdamW moment decays.")
    max_grad_norm: float = Field(1.0, gt=0, description="Gradients are scaled down to this norm.")
    optimizer: Literal["adamw", "paged_adamw", "paged_adamw_8bit"] | None = Field(
        None,
        description="AdamW; with moments that are paged out to the host (by trl where the GPU is full, by torch with "
        "network: transformers always, but for a slice at a time); or with those in 8 bits too (trl only). null: "
        "under trl paged_adamw where the method is qlora, else adamw.",
    )
    master_dtype: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="What weights and their gradients are kept in where the method is full: else float32. bfloat16 "
        "needs half the memory: weights are rounded up or down by chance, so that small updates are not lost, and "
        "moments stay float32; see [On a GPU](#on-a-gpu) (torch with network: transformers only).",
    )
    bf16: bool = Field(
        False,
        description="Compute in bfloat16 and keep frozen weights in it; trained ones stay float32 (not by the "
        "embedded network).",
    )
    gradient_checkpointing: bool = Field(
        False,
        description="Compute activations a second time rather than keep them: slower, less memory (not by the "
        "embedded network).",
    )
    gpus: int = Field(
        1,
        ge=1,
        le=MOST_GPUS,
        description="GPUs of one machine that train together, each with its share of weights, gradients, moments and "
        "rollouts (FSDP2). The result is that of one but for rounding. With gpu=0 in the profile it is so many "
        "processes on the CPU (torch with network: transformers only).",
    )
    micro_batch: int | None = Field(
        None,
        ge=1,
        le=MOST_ROWS_AT_ONCE,
        description="Completions (SFT: rows) of one pass forward and back; a matter of memory, without effect on the "
        "gradient. It divides the batch; null: all at once (trl only, torch splits by itself).",
    )
    micro_batch_tokens: int | None = Field(
        None,
        ge=1,
        le=MOST_TOKENS,
        description="Tokens of one pass forward and back, prompts and padding included (one completion or row may have "
        "more); a matter of memory, without effect on the gradient. null: 4,096 (the torch backend's network: "
        "transformers only).",
    )


class Trained(Training, Experiment):
    """An experiment that trains."""


class SftTraining(Training):
    """What decides a supervised fine-tuning besides its start."""

    traces: list[Name] = Field(min_length=1, description="Trace sets, joined.")
    epochs: int = Field(3, ge=1, le=10_000, description="Passes over the traces; a checkpoint is kept after each.")
    batch_size: int = Field(
        32, ge=1, le=MOST_ROWS_AT_ONCE, description="Traces of an optimizer step (rows, where packing)."
    )
    packing: bool = Field(False, description="Pack several traces into rows of max_length that do not see each other.")
    max_length: int = Field(
        192, ge=8, le=MOST_TOKENS, description="Longest trace in tokens; longer ones are cut and counted."
    )
    held_out_share: Share = Field(
        0.05,
        description="Share of the problems whose traces are kept from training, all of them, for the held-out loss; "
        "with two problems or more at least one.",
    )


class Sft(SftTraining, Trained):
    """Supervised fine-tuning on traces; the loss is on the assistant's tokens only."""

    stage: Literal["sft"] = Field(description="Supervised fine-tuning.")


class KlGuard(Settings):
    """Lowers the learning rate when the policy runs away from its reference."""

    threshold: float = Field(1.0, gt=0, description="Mean KL per token, in nats, that counts as a spike.")
    factor: float = Field(0.5, gt=0, lt=1, description="The learning rate is multiplied by this at each spike.")


class GrpoTraining(Training):
    """What decides a reinforcement learning besides its start and what the algorithm's preset gives."""

    algorithm: Annotated[str, PluginOf("gradus.training.algorithms")] = Field(
        "grpo",
        description="How advantages and token losses are computed, and the preset for the settings below that are "
        "null: see the table of presets.",
    )
    problems: Name = Field(description="The problem set to train on.")
    held_out: Name | None = Field(
        None,
        description="A problem set of which nothing is trained on: every checkpoint's reward is measured on it, "
        "greedily; null: none.",
    )
    steps: int = Field(100, ge=1, le=MOST_STEPS, description="Batches of rollouts.")
    batch_size: int = Field(16, ge=1, le=MOST_ROWS_AT_ONCE, description="Problems of a batch.")
    group_size: int = Field(8, ge=2, le=256, description="Completions per problem.")
    temperature: float = Field(1.0, gt=0, le=2, description="Sampling temperature of rollouts.")
    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Rollouts draw from the likeliest tokens that have this probability together. Log-probabilities, "
        "and so ratio and KL, are those over the whole vocabulary (not by tinker, nor where vLLM writes rollouts).",
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
        "would gain from going further (ppo); the plain ratio, unclipped (importance_sampling: torch and tinker); or a "
        "weight on the log-probability, clipped and without a gradient of its own (cispo: MiniMax 2025, "
        "arXiv:2506.13585; trl only with clip_low: 1 and normalisation: token).",
    )
    kl_coef: float | None = Field(None, ge=0, description="Weight of the KL penalty against the starting policy.")
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


AnyExperiment = Annotated[Untrained | Sft | Grpo, Field(discriminator="stage")]
