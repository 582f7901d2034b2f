"""Chat messages to text and tokens with the model's own template, without importing transformers.

Importing transformers costs every job seconds; the template language it uses is a few lines of jinja2.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import jinja2.ext
import jinja2.sandbox

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json

Message = dict[str, str]

# Where tokenizer_config.json puts the special tokens that a template may name.
SPECIAL_TOKEN_KEYS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


class _Generation(jinja2.ext.Extension):
    """`{% generation %}...{% endgeneration %}`, transformers' marker of assistant text, renders as its body."""

    tags = frozenset({"generation"})

    def parse(self, parser: Any) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)


def _tojson(value: Any, ensure_ascii: bool = False, indent=None, separators=None, sort_keys: bool = False) -> str:
    # jinja2's own filter escapes HTML characters, which would change the prompt.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    """The environment in which transformers 5.17 (chat_template_utils) renders; a template is data, hence sandboxed."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return environment


@dataclass(frozen=True)
class ChatTemplate:
    """The chat template of one model. `source` names its file in errors."""

    template: jinja2.Template
    special_tokens: dict[str, str]
    source: str

    @classmethod
    def load(cls, model_dir: str | Path) -> "ChatTemplate":
        """Read `chat_template.jinja`, or the `chat_template` key of `tokenizer_config.json`.

        Raises GradusError when there is neither, or when the template does not parse.
        """
        directory = Path(model_dir)
        config_path, path = directory / "tokenizer_config.json", directory / "chat_template.jinja"
        config = read_json(config_path) if config_path.is_file() else {}
        text, source = config.get("chat_template"), str(config_path)
        if path.is_file():
            text, source = path.read_text(encoding="utf-8"), str(path)
        if isinstance(text, list):  # several named templates, as transformers 4 wrote them
            text = {entry["name"]: entry["template"] for entry in text}.get("default")
        if not isinstance(text, str):
            raise GradusError(f"{path} does not exist and {config_path} has no chat_template: use a chat model")
        tokens = {}
        for key in SPECIAL_TOKEN_KEYS:
            value = config.get(key)
            value = value.get("content") if isinstance(value, dict) else value
            if value is not None:
                tokens[key] = value
        try:
            return cls(_environment().from_string(text), tokens, source)
        except jinja2.TemplateSyntaxError as error:
            raise GradusError(f"{source}, line {error.lineno}: {error.message}: mend the template") from error

    def render(self, messages: Sequence[Message], add_generation_prompt: bool = False, **variables: Any) -> str:
        """The text of a conversation. `variables` reach the template (such as enable_thinking=False for Qwen3).

        Raises GradusError when the template refuses the messages.
        """
        try:
            return self.template.render(
                **(self.special_tokens | {"tools": None, "documents": None} | variables),
                messages=messages,
                add_generation_prompt=add_generation_prompt,
            )
        except jinja2.TemplateError as error:
            raise GradusError(f"{self.source} cannot render the messages: {error}") from error
