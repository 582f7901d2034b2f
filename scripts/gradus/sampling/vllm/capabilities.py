"""The `vllm` sampler: any model that vLLM runs, on a GPU if there is one."""

from gradus.provenance.environments import Environment
from gradus.sampling.capabilities import SamplerCapabilities

ENVIRONMENT = Environment("vllm", "GRADUS_VLLM_PYTHON", ".venv-vllm", "make vllm-cpu (on a GPU: make vllm-gpu)")

CAPABILITIES = SamplerCapabilities(
    environment=ENVIRONMENT,
    uses_gpu=True,
    gpu_memory_share=0.9,  # the engine's own default
)
