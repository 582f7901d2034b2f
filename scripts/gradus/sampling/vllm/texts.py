"""Models that also read pictures, run by vLLM as the decoder of texts in them.

That is what transformers trains and exports, by whose names adapters go: vLLM would look for those of the whole model
below `language_model`, load the encoder and ask for its processor.
"""

from typing import Any

from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
from vllm.model_executor.models.registry import ModelRegistry
from vllm.model_executor.models.utils import WeightsMapper

PICTURES = "model.visual."
"""Begins the names of the encoder's weights, as Qwen3.5's files have them."""


def as_decoder_of_texts(config: dict[str, Any]) -> dict[str, Any]:
    """What vLLM is to read in place of keys of a `config.json`; nothing for a model of texts alone."""
    name = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(config["model_type"])
    if "text_config" not in config or name is None or name in config["architectures"]:
        return {}
    decoder = ModelRegistry.models[name].load_model_cls()
    # vLLM 0.31 leaves out the weights that guess further tokens, and refuses those of the encoder.
    own = getattr(decoder, "hf_to_vllm_mapper", WeightsMapper())
    decoder.hf_to_vllm_mapper = own | WeightsMapper(orig_to_new_prefix={PICTURES: None})
    return {"architectures": [name]}
