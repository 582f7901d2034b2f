"""Tiny models in the layouts of published ones: which tokens they have, and which files name what as an end."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from gradus.models.architecture import Architecture
from gradus.models.chat_files import ChatSettings, chat_files
from gradus.models.qwen3 import init_weights
from gradus.models.store import save_model
from gradus.models.tokenizer import CHAT_TEMPLATE
from gradus.problems.pocket.corpus import documents
from gradus.prompts.templates.named import named_template
from gradus.provenance.files import write_json, write_text

GEMMA = """{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}
{{ m.content | trim }}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}"""

LLAMA = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "1 Jan 1970" %}
    {%- endif %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: " + date_string + "\\n\\n<|eot_id|>" }}
{%- for m in messages %}
    {{- '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}"""

CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
HEADERS = ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
TURNS = ("<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>")


@dataclass(frozen=True)
class Layout:
    """special: its special tokens, whose ids begin at 0. beginning: one that the tokenizer puts before every text.

    eos: the eos_token of tokenizer_config.json. config_eos, generation_eos: the ids of the model's configs.
    """

    special: Sequence[str]
    eos: str | None
    config_eos: int
    generation_eos: Sequence[int] = ()
    template: str | None = None
    beginning: str | None = None


LAYOUTS = {
    "disagreeing": Layout(CHATML, "<|im_end|>", 0, template=CHAT_TEMPLATE),
    "qwen2_5_base": Layout(CHATML, "<|endoftext|>", 0, template=CHAT_TEMPLATE),
    "gemma": Layout(TURNS, "<eos>", 1, template=GEMMA, beginning="<bos>"),
    "llama": Layout(HEADERS, "<|eot_id|>", 1, (1, 4), LLAMA, "<|begin_of_text|>"),
    "llama_base": Layout(HEADERS, "<|end_of_text|>", 1, beginning="<|begin_of_text|>"),
    "gpt2": Layout(("<|endoftext|>",), None, 0),
}

CHOICES = [
    ("disagreeing", None),
    ("qwen2_5_base", None),
    ("gemma", None),
    ("llama", None),
    ("llama_base", "llama3"),
    ("llama_base", "user_assistant"),
    ("qwen2_5_base", "chatml"),
    ("gpt2", "user_assistant"),
]
"""Layouts, each with the named template that its model takes in the study, if any."""


def save_layout(folder: Path, name: str, std: float = 0.3) -> Path:
    """An untrained model as it is published; returns its weight file."""
    layout = LAYOUTS[name]
    tokenizer = _tokenizer(layout)
    rows = tokenizer.get_vocab_size()
    arch = Architecture(rows, 32, 48, 2, 4, 1, 16, max_position_embeddings=512, eos_token_id=layout.config_eos)
    save_model(folder, arch, init_weights(arch, 0, std=std))
    (folder / "generation_config.json").unlink()
    if layout.generation_eos:
        write_json(folder / "generation_config.json", {"eos_token_id": list(layout.generation_eos)})
    tokenizer.save(str(folder / "tokenizer.json"))
    config: dict[str, object] = {"model_max_length": 1024, "tokenizer_class": "PreTrainedTokenizerFast"}
    config |= {"bos_token": layout.beginning} if layout.beginning else {}
    write_json(folder / "tokenizer_config.json", config | ({"eos_token": layout.eos} if layout.eos else {}))
    if layout.template:
        write_text(folder / "chat_template.jinja", layout.template)
    return folder / "model.safetensors"


def with_chat(folder: Path, name: str | None = None, **settings: object) -> dict[str, str]:
    """Write what the fetch of the model writes, with a template of this name; returns that."""
    template = {"template": named_template(name)} if name else {}
    written = chat_files(folder, ChatSettings(**template | settings))  # type: ignore[arg-type]
    for file, text in written.items():
        write_text(folder / file, text)
    return written


def _tokenizer(layout: Layout) -> Tokenizer:
    """Byte-level BPE, as GPT-2's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=list(layout.special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = documents(200, 0, flawed_share=[0.0] * 5, flaws={})
    tokenizer.train_from_iterator((text for pair in texts for text in pair), trainer)
    if layout.beginning:
        special = [(layout.beginning, tokenizer.token_to_id(layout.beginning))]
        template = processors.TemplateProcessing(f"{layout.beginning} $A", special_tokens=special)
        tokenizer.post_processor = template
    return tokenizer
