"""The `torch` sampler: the embedded network on one CPU thread."""

from gradus.sampling.capabilities import SamplerCapabilities

CAPABILITIES = SamplerCapabilities(embedded_network=True)
