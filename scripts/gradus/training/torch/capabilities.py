"""The `torch` backend: our own loops, over the embedded network on one CPU thread or a model of transformers."""

from collections.abc import Iterator

from gradus.study.settings.base import Mistake
from gradus.study.settings.training import Trained
from gradus.training.capabilities import Network, Passes, TrainingCapabilities
from gradus.training.torch.module.sizes import LOGITS_TOKENS, PASS_TOKENS


def _mistakes(experiment: Trained) -> Iterator[Mistake]:
    if experiment.method == "qlora" and experiment.network == "transformers" and experiment.gpus > 1:
        what = "cannot divide weights of 4 bits among GPUs"
        yield ("gpus",), f"{what}; set gpus: 1, or method: lora"


EMBEDDED = Network(
    "gradus.training.torch.embedded",
    "gradus.training.torch.untrained",
    embedded=True,
    dequantized_base=True,
    ignored={
        "bf16": (False,),
        "gpus": (1,),
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
    passes=Passes(PASS_TOKENS, LOGITS_TOKENS),
)

CAPABILITIES = TrainingCapabilities(
    ignored={
        "optimizer": (None, "adamw"),
        "micro_batch": (None,),  # it splits batches by itself
    },
    mistakes=_mistakes,
    networks={
        "embedded": EMBEDDED,
        "transformers": TRANSFORMERS,
    },
)
