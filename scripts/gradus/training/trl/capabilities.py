"""The `trl` backend: any model that transformers loads, on a GPU if there is one."""

from gradus.training.capabilities import TrainingCapabilities

CAPABILITIES = TrainingCapabilities(uses_gpu=True)
