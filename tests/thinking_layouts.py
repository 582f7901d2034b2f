"""Tokenizers and chat templates laid out as those of DeepSeek-R1-Distill and Qwen3.5, made for the tests.

Qwen3.5's is as https://huggingface.co/Qwen/Qwen3.5-4B has it (chat_template.jinja), and as the cookbook's renderer
writes it (tinker_cookbook/renderers/qwen3_5.py), without pictures and tools. Both open the thought in the prompt, show
no thoughts of earlier turns, and have tokens for the tags. R1's are special tokens here, which decoders leave out
unless they are told not to; R1's template writes answers without their thoughts.
"""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import AddedToken

from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.provenance.files import write_text

TAGS = ("<think>", "</think>")
BOUNDARIES = ("<｜User｜>", "<｜Assistant｜>")

R1_DISTILL = """{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
{{ '<｜Assistant｜>' + message.content.split('</think>')[-1] + eos_token }}
{%- elif message.role == 'user' -%}
{{ '<｜User｜>' + message.content }}
{%- else -%}
{{ message.content }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<｜Assistant｜><think>\\n' }}
{%- endif -%}"""

QWEN3_5 = """{%- set last = namespace(query=-1) -%}
{%- for message in messages -%}
{%- if message.role == 'user' -%}{%- set last.query = loop.index0 -%}{%- endif -%}
{%- endfor -%}
{%- for message in messages -%}
{{ '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' -%}
{%- set said = message.content.split('</think>')[-1].lstrip('\\n') -%}
{%- set thought = message.content.split('</think>')[0].split('<think>')[-1].strip('\\n') -%}
{%- if loop.index0 > last.query -%}
{{ '<think>\\n' + (thought if '</think>' in message.content else '') + '\\n</think>\\n\\n' + said }}
{%- else -%}
{{ said }}
{%- endif -%}
{%- else -%}
{{ message.content }}
{%- endif -%}
{{ '<|im_end|>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false -%}
{{ '<think>\\n\\n</think>\\n\\n' }}
{%- else -%}
{{ '<think>\\n' }}
{%- endif -%}
{%- endif -%}"""

LAYOUTS = {
    "r1_distill": R1_DISTILL,
    "qwen3_5": QWEN3_5,
    "qwen3_5_direct": "{% set enable_thinking = false %}" + QWEN3_5,
}


def save_layout(folder: Path, layout: str, texts: Sequence[str] = ("2 + 3 = 5\n\n\\boxed{5}\n",)) -> Path:
    """Write the tokenizer files of one of LAYOUTS, with a small vocabulary trained on `texts`."""
    tokenizer = train_tokenizer(list(texts), 320)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in BOUNDARIES])
    if layout == "r1_distill":
        tokenizer.add_special_tokens([AddedToken(tag, special=True) for tag in TAGS])
    else:
        tokenizer.add_tokens([AddedToken(tag, normalized=False) for tag in TAGS])
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(folder, tokenizer)
    write_text(folder / "chat_template.jinja", LAYOUTS[layout])
    return folder
