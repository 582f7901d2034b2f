"""The `torch` backend: the embedded network on one CPU thread."""

from gradus.training.capabilities import TrainingCapabilities

CAPABILITIES = TrainingCapabilities()
