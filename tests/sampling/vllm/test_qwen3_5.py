"""vLLM on a tiny Qwen3.5 as it is published, with an encoder of pictures: the decoder of texts in it answers."""

import subprocess
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, Qwen3_5Config, Qwen3_5ForConditionalGeneration, set_seed

from gradus.provenance.files import read_json
from sampling.vllm.asking import ask_vllm

# On a CPU vLLM 0.31 has kernels of linear attention in bfloat16 alone, for heads of 128, and attention for 64 and more.
TEXTS = {
    "vocab_size": 300,
    "hidden_size": 64,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 64,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "max_position_embeddings": 128,
    "tie_word_embeddings": True,
}
PICTURES = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 64}
PROMPTS = [[1, 2, 3, 4, 5], [7, 8, 9]]


@pytest.mark.slow
def test_the_decoder_of_texts_answers_as_transformers(vllm_python: str, tmp_path: Path) -> None:
    there = subprocess.run([vllm_python, "-c", "import torchvision"], capture_output=True, check=False)
    if there.returncode:
        pytest.skip("vLLM's Qwen3.5 imports torchvision, which its environment for CPUs does not have")
    set_seed(0)
    config = Qwen3_5Config(text_config=TEXTS, vision_config=PICTURES, tie_word_embeddings=True)
    whole = Qwen3_5ForConditionalGeneration(config).to(torch.bfloat16)
    with torch.no_grad():
        for name, parameter in whole.named_parameters():
            if "visual" not in name and parameter.ndim > 1:
                parameter.add_(torch.randn(parameter.shape) * 0.2)
    whole.save_pretrained(tmp_path / "model")
    assert read_json(tmp_path / "model/config.json")["architectures"] == ["Qwen3_5ForConditionalGeneration"]
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.bfloat16).eval()

    decoding = {"max_tokens": 3, "temperature": 0.0, "stop_ids": []}
    call = {"prompts": PROMPTS, "seeds": [1, 2], "decoding": decoding, "logprobs": True}
    (answers,) = ask_vllm(vllm_python, tmp_path, tmp_path / "model", None, [call])
    for prompt, (tokens, logprobs, _) in zip(PROMPTS, answers, strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([prompt + tokens])).logits[0, len(prompt) - 1 : -1].float()
        expected = logits.log_softmax(-1).gather(-1, torch.tensor(tokens)[:, None]).squeeze(-1)
        torch.testing.assert_close(torch.tensor(logprobs), expected, atol=0.15, rtol=0)
        assert logits.argmax(-1).tolist() == tokens
