"""Settings of how experiments are trained."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from gradus.study.settings.base import (
    MOST_GPUS,
    MOST_ROWS_AT_ONCE,
    MOST_STEPS,
    MOST_TOKENS,
    Name,
    Percentile,
    Seeds,
    Settings,
    Share,
)
from gradus.study.settings.experiment import Experiment
from gradus.study.settings.published import PublishedLosses

Target = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]
Rate = Annotated[float, Field(gt=0, le=1)]
ALL_LINEAR: list[Target] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Lora(Settings):
    """Low-rank adapters (Hu et al. 2021, arXiv:2106.09685)."""

    rank: int = Field(16, ge=1, le=1024, description="Rank r of the update.")
    alpha: float = Field(32.0, gt=0, description="The update is scaled by alpha / rank.")
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of the adapter's inputs dropped in training (SFT alone, under trl or network: transformers: "
        "GRPO and DPO have to know the probabilities of the very policy that they compare).",
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
    method: Literal["lora", "qlora", "full", "ternary"] = Field(
        "lora",
        description="Train an adapter, an adapter on weights in 4 bits (NF4; torch keeps their values in float32), "
        "all parameters, or all of a model with [ternary weights](#ternary-weights) (torch with network: transformers "
        "only).",
    )
    train: Annotated[list[Literal["scales", "norms"]], Field(min_length=1)] | None = Field(
        None,
        description="What alone is trained where the method is ternary or full: the scale of each row of the ternary "
        "matrices, the weights of norms. null: all but these scales (torch with network: transformers only).",
    )
    lora: Lora = Field(default_factory=Lora, description="The adapter, where the method is lora or qlora.")
    learning_rate: Rate | Literal["auto"] = Field(
        1e-4,
        description="Peak learning rate. auto: that of Tinker's cookbook for adapters on models of Qwen and Llama, by "
        "their width; see [Learning rates](#learning-rates).",
    )
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
        "moments stay float32 (torch with network: transformers only); see [Too large for the "
        "GPU](../docs/one-gpu.md#too-large-for-the-gpu).",
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

    @property
    def adapts(self) -> bool:
        """Whether it trains an adapter beside weights that stay as they are; else it ends in a dense model."""
        return self.method in ("lora", "qlora")


class Trained(Training, Experiment):
    """An experiment that trains."""

    adapter: Literal["continue", "new"] = Field(
        "continue",
        description="Where `from` has an adapter: train it on, or merge it into its base and train a new one on the "
        "merged weights, of any rank, alpha and targets. These are then the reference of a KL; under qlora they are "
        "quantized again; see [New adapters](#new-adapters).",
    )
    accumulate: int = Field(
        1,
        ge=1,
        le=MOST_ROWS_AT_ONCE,
        description="Passes of `batch_size` whose gradients an optimizer step adds up: its batch is batch_size times "
        "this. Where a backend splits a batch by `micro_batch` and that says nothing, a pass has batch_size of it.",
    )
    seeds: Seeds | None = Field(
        None,
        description="Training seeds: how many, or which, as a list of whole numbers. Every seed is a training of its "
        "own from the run of the same seed of `from`; the tables tell of all of them together, see "
        "[Training seeds](#training-seeds). null: those of `from` where it has several, else the study's.",
    )
    if TYPE_CHECKING:
        stage: str


Weight = Annotated[float, Field(gt=0, le=100)]
TraceChoice = Name | Annotated[dict[Name, Weight], Field(min_length=1, max_length=1)]
"""A trace set, or one with its weight."""


def trace_weights(traces: Sequence[TraceChoice]) -> dict[str, float]:
    """The weight of each trace set, by its name."""
    chosen = ({each: 1.0} if isinstance(each, str) else each for each in traces)
    return {name: weight for each in chosen for name, weight in each.items()}


class SftTraining(Training):
    """What decides a supervised fine-tuning besides its start."""

    traces: list[TraceChoice] = Field(
        min_length=1,
        description="Trace sets, joined: names, or a name with a weight, as in `[custom, {own: 2}]`. An epoch has each "
        "trace of a set as often as its weight says; 0.5: half of them, drawn once for the whole training.",
    )
    epochs: int = Field(3, ge=1, le=10_000, description="Passes over the traces; a checkpoint is kept after each.")
    batch_size: int = Field(
        32, ge=1, le=MOST_ROWS_AT_ONCE, description="Traces of an optimizer step (rows, where packing)."
    )
    drop_last: bool = Field(False, description="Leave an epoch's last batch out where it is smaller than the others.")
    reduction: Literal["mean", "sum"] = Field(
        "mean",
        description="Of the losses of a step's tokens. Under sum the gradient is larger by their number, which AdamW "
        "undoes but for max_grad_norm and its epsilon; BitNet's authors advise it for ternary weights. Metrics have "
        "the mean loss whatever it is.",
    )
    packing: bool = Field(False, description="Pack several traces into rows of max_length that do not see each other.")
    max_length: Annotated[int, Field(ge=8, le=MOST_TOKENS)] | Percentile = Field(
        192,
        description="Longest trace in tokens; longer ones are cut and counted. p95: as long as 95% of the traces are "
        "at most, in tokens of the model (any from p1 to p100); the job finds it out and says it.",
    )
    held_out_share: Share = Field(
        0.05,
        description="Share of the problems whose traces are kept from training, all of them, for the held-out loss; "
        "with two problems or more at least one.",
    )
    evaluate_every: int | None = Field(
        None,
        ge=1,
        le=MOST_STEPS,
        description="Steps between two measurements of the held-out loss, besides the one after each epoch; null: "
        "that one alone.",
    )


class Sft(SftTraining, Trained):
    """Supervised fine-tuning on traces; the loss is on the assistant's tokens only."""

    stage: Literal["sft"] = Field(description="Supervised fine-tuning.")
    reference_losses: PublishedLosses | None = Field(
        None, description="What was published of its losses; `stages.md` and the report show it beside its own."
    )
