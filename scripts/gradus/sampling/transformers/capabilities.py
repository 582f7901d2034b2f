"""The `transformers` sampler: any causal language model that transformers loads, on a GPU if there is one."""

from gradus.sampling.capabilities import SamplerCapabilities

GPU_MEMORY_SHARE = 0.8
"""Of what is free once the weights are there, for keys and values; the rest is for a step's own tensors."""

CAPABILITIES = SamplerCapabilities(uses_gpu=True, gpu_memory_share=GPU_MEMORY_SHARE)
