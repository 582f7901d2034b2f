"""The `torch` backend: the embedded network on one CPU thread."""

from gradus.training.capabilities import TrainingCapabilities

CAPABILITIES = TrainingCapabilities(
    ignored={
        "optimizer": (None, "adamw"),
        "bf16": (False,),
        "gradient_checkpointing": (False,),
        "micro_batch": (None,),  # it splits batches by itself
        "look_ahead": (False,),
        "lora.dropout": (0.0,),  # it adds the adapter to the weights, so there is nothing to drop out
    },
    dequantized_base=True,
    embedded_network=True,
)
