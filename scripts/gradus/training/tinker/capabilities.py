"""The `tinker` backend: adapters on models that the service holds, trained there."""

from collections.abc import Iterator

from gradus.sampling.capabilities import WeightUse
from gradus.study.settings.base import Mistake
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.training import ALL_LINEAR, Sft, Trained
from gradus.tinker.capabilities import SERVICE, lacking, only_there
from gradus.training.capabilities import TrainingCapabilities, guard_of, resolved
from gradus.training.surrogate import token_losses

ALPHA = 32.0
"""Of every adapter that Tinker trains, at every rank: its API has no setting for it. Sources: "LoRA Without Regret"
(Schulman et al. 2025, https://thinkingmachines.ai/blog/lora/); lora_alpha = 32 in its cookbook's hyperparam_utils.py;
skyrl 0.3.0's tinker/api.py, which follows it. What is trained is checked when it is downloaded."""

ATTENTION, MLP = ALL_LINEAR[:4], ALL_LINEAR[4:]


def _mistakes(experiment: Trained) -> Iterator[Mistake]:
    if experiment.method != "lora":
        yield ("method",), f"trains adapters alone, not {experiment.method}; set method: lora, or another backend"
    if experiment.lora.alpha != ALPHA:
        yield ("lora", "alpha"), f"scales every adapter by {ALPHA:g} / rank; set alpha: {ALPHA:g}, or another backend"
    if experiment.adapter == "new":
        what = "merges no adapter into the models that the service holds, and continues it"
        yield ("adapter",), f"{what}; remove this key, or set another backend"
    if set(experiment.lora.names) not in (set(ALL_LINEAR), set(ATTENTION), set(MLP)):
        what = f"adapts all seven projections, {', '.join(ATTENTION)}, or {', '.join(MLP)}"
        yield ("lora", "targets"), f"{what}; name these, or set another backend"
    if isinstance(experiment, Sft) and experiment.packing:
        yield ("packing",), "takes traces one by one; remove this key, or set another backend"
    if isinstance(experiment, Grpo) and guard_of(experiment) and not resolved(experiment, "kl_coef"):
        what = "measures no KL without a kl_coef, as it costs a pass over the reference"
        yield ("kl_guard",), f"{what}; set kl_guard: null, or a kl_coef"


def _weight_mistakes(use: WeightUse) -> Iterator[Mistake]:
    if use.reader != SERVICE.key:
        if only_there(use.model):
            what = f"{use.dense!r} is on Tinker alone, which gives no weights to backend: {use.reader}"
            yield use.reader_key, f"{what}; set backend: tinker, or source: hub there"
    elif lacks := lacking(use.dense, use.model, use.adapter, use.adapter_backend):
        yield use.weights_key, lacks


CAPABILITIES = TrainingCapabilities(
    service=SERVICE,
    weight_mistakes=_weight_mistakes,
    ignored={
        "train": (None,),
        "optimizer": (None, "adamw"),
        "bf16": (False,),
        "gradient_checkpointing": (False,),
        "micro_batch": (None,),
        "micro_batch_tokens": (None,),
        "gpus": (1,),
        "master_dtype": ("float32",),
        "top_p": (1.0,),
        "top_k": (None,),
        "min_p": (0.0,),
        "lora.dropout": (0.0,),
        "clip_dual": (None,),
        "kl_estimator": (None,),  # the penalty is in the advantages, see `datums.py`
    },
    losses=(token_losses,),
    several_turns=False,  # a group is one request
    mistakes=_mistakes,
)
