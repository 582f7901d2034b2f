"""The `transformers` sampler: any causal language model that transformers loads, on a GPU if there is one."""

from gradus.sampling.capabilities import SamplerCapabilities
from gradus.sampling.transformers.pace import GPU_MEMORY_SHARE

CAPABILITIES = SamplerCapabilities(uses_gpu=True, gpu_memory_share=GPU_MEMORY_SHARE)
