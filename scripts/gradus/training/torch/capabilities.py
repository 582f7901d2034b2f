"""The `torch` backend: our own loops, over the embedded network on one CPU thread or a model of transformers."""

from gradus.training.capabilities import Network, TrainingCapabilities

EMBEDDED = Network(
    "gradus.training.torch.embedded",
    embedded=True,
    dequantized_base=True,
    ignored={
        "bf16": (False,),
        "gradient_checkpointing": (False,),
        "micro_batch_tokens": (None,),  # its passes have the size that one CPU's caches like best
        "overlap": (0,),  # its one thread is busy with the update
        "lora.dropout": (0.0,),  # it adds the adapter to the weights, so there is nothing to drop out
    },
)

CAPABILITIES = TrainingCapabilities(
    ignored={
        "optimizer": (None, "adamw"),
        "micro_batch": (None,),  # it splits batches by itself
    },
    networks={
        "embedded": EMBEDDED,
        "transformers": Network("gradus.training.torch.module.network", uses_gpu=True),
    },
)
