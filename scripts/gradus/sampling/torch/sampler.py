"""The `torch` sampler: our own batched decoding of an embedded model."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gradus.models.cpu import use_one_fast_thread
from gradus.models.lora import load_adapter, merged
from gradus.models.store import load_model
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Message
from gradus.sampling.sampler import Answer
from gradus.sampling.torch.engine import generate


class TorchSampler:
    """A dense model, with an adapter merged into it where there is one."""

    def __init__(self, weight_files: list[Path]) -> None:
        folder = weight_files[0].parent
        self._arch, self._weights = load_model(folder)
        for file in weight_files[1:]:
            self._weights = merged(self._weights, load_adapter(file.parent, self._arch))
        self._tokenizer = load_tokenizer(folder)
        self._template = ChatTemplate.load(folder)

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
        completions = generate(
            self._weights,
            self._arch,
            prompts,
            seeds=list(seeds),
            max_tokens=max_tokens,
            temperature=temperature,
            stop_ids=(self._arch.eos_token_id,),
            on_progress=on_progress,
        )
        answers = self._tokenizer.decode_batch([c.token_ids for c in completions], skip_special_tokens=True)
        return [
            Answer(text, len(c.token_ids), len(prompt), c.finish_reason)
            for text, c, prompt in zip(answers, completions, prompts, strict=True)
        ]


def open_sampler(weight_files: list[Path]) -> TorchSampler:
    use_one_fast_thread()
    return TorchSampler(weight_files)
