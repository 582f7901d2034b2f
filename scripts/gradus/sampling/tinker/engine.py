"""Weights on the service as an engine, and what it alone can do: many answers to a prompt that is paid for once."""

from collections.abc import Callable, Iterator, Sequence

from tinker import SampleResponse

from gradus.sampling.checks import check_requests
from gradus.sampling.protocol import Completion, Decoding
from gradus.tinker.journal import Journal
from gradus.tinker.requests import Question, Replies, Requests


class TinkerEngine:
    """`positions` is how many tokens the model takes, prompt and answer together."""

    def __init__(self, requests: Requests, positions: int) -> None:
        self._requests, self._positions = requests, positions

    def ask(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        keys: Sequence[str],
        seeds: Sequence[int],
        samples: int,
        decoding: Decoding,
        journal: Journal | None = None,
    ) -> Replies:
        """Start one request per prompt, of `samples` answers each. `keys` name them, in `journal` too."""
        check_requests(prompts, seeds, decoding.max_tokens, self._positions)
        return self._requests.ask(
            [
                Question(
                    key=key,
                    prompt=prompt,
                    seed=seed,
                    max_tokens=min(decoding.max_tokens, self._positions - len(prompt)),
                    samples=samples,
                    temperature=decoding.temperature,
                    top_p=decoding.top_p,
                    top_k=decoding.top_k or -1,  # all
                    stop=decoding.stop_ids,
                )
                for key, prompt, seed in zip(keys, prompts, seeds, strict=True)
            ],
            journal,
        )

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        seeds: Sequence[int],
        decoding: Decoding,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Completion]:
        """As `Engine` says."""
        keys = [str(index) for index in range(len(prompts))]
        replies = self.ask(prompts, keys=keys, seeds=seeds, samples=1, decoding=decoding)
        found: dict[int, Completion] = {}
        for index, (completion,) in as_completed(replies):
            found[index] = completion
            if on_progress:
                on_progress(1, len(completion.token_ids))
        return [found[index] for index in range(len(prompts))]


def as_completed(replies: Replies) -> Iterator[tuple[int, list[Completion]]]:
    """The completions of each prompt with its place, as soon as they are there."""
    for index, reply in replies.as_completed():
        yield index, completions_of(reply)


def completions_of(reply: SampleResponse) -> list[Completion]:
    return [
        Completion(sequence.tokens, sequence.logprobs or [], "stop" if sequence.stop_reason == "stop" else "length")
        for sequence in reply.sequences
    ]
