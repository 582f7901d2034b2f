"""Answers to conversations: of one turn, or of several where an environment answers the model.

The tokens of a turn stay as they were drawn: none is decoded and encoded again, so that what is learned from is what
the model wrote. What the chat template writes between two turns, the environment's message and what opens the next
turn, is encoded by itself and put between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from gradus.environments.protocol import Reply, load_environment
from gradus.models.ends import closing_token
from gradus.models.positions import positions
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import Prompt
from gradus.prompts.messages import Message, Messages
from gradus.prompts.thoughts import opened_by
from gradus.provenance.errors import GradusError
from gradus.provenance.seeds import derive_seed
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.texts import answer_texts
from gradus.specs.prompts import EnvironmentSpec

Generate = Callable[[Sequence[Sequence[int]], Sequence[int], Decoding], list[Completion]]
"""One completion a prompt, with its seed: an engine."""

Ended = Callable[[int, int], None]
"""Called with the number of conversations that have ended since, and of the tokens that the model wrote in them."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What follows a prompt: as tokens, and as messages. These are the model's turns, the last one too, with the
    environment's between them."""

    completion: Completion
    messages: Sequence[Message]

    @property
    def text(self) -> str:
        """The model's last turn, in which the answer is."""
        return self.messages[-1]["content"]


def one_turn(tokenizer: Tokenizer, prompts: Sequence[Prompt], completions: Sequence[Completion]) -> list[Answered]:
    """Completions of one turn each, one for each prompt."""
    texts = answer_texts(tokenizer, prompts, completions)
    return [Answered(c, [{"role": "assistant", "content": t}]) for c, t in zip(completions, texts, strict=True)]


@dataclass(frozen=True)
class _Next:
    """A conversation that goes on: at this place in the batch, from this prompt, of which the last tokens were `given`,
    with room for so many more."""

    place: int
    prompt: Prompt
    given: list[int]
    room: int


class Conversations:
    """The chat template and the tokenizer of the model in a folder, with the environment that answers it, if any."""

    def __init__(
        self, folder: Path, template: ChatTemplate, tokenizer: Tokenizer, environment: EnvironmentSpec | None
    ) -> None:
        self._template, self._tokenizer = template, tokenizer
        self._reply: Reply | None = None
        self._most_turns = 1
        if environment is not None:
            self._reply, self._most_turns = load_environment(environment.name), environment.max_turns
            self._closing, self._positions = closing_token(tokenizer, template), positions(folder)

    def answer(
        self,
        generate: Generate,
        asked: Sequence[Messages],
        prompts: Sequence[Prompt],
        seeds: Sequence[int],
        decoding: Decoding,
        ended: Ended | None = None,
    ) -> list[Answered]:
        """What follows each of the conversations `asked`, of which these are the prompts.

        decoding.max_tokens is for all turns together, with what the environment says. A turn after the first has a seed
        of its own, which depends on the first one's. Rounds of turns are drawn in batches, of the conversations that
        have not ended. Raises GradusError where the template rewords earlier turns.
        """
        completions = generate([prompt.ids for prompt in prompts], seeds, decoding)
        answers = one_turn(self._tokenizer, prompts, completions)
        going, prompts = list(range(len(answers))), list(prompts)
        for turn in range(1, self._most_turns):
            following, done = [], []
            for place in going:
                found, answers[place] = self._goes_on(place, asked[place], prompts[place], answers[place], decoding)
                following.append(found) if found else done.append(place)
            _tell(ended, [answers[place] for place in done])
            if not following:
                return answers
            drawn = generate(
                [one.prompt.ids for one in following],
                [derive_seed(seeds[one.place], "turn", turn) for one in following],
                replace(decoding, max_tokens=max(one.room for one in following)),
            )
            drawn = [_cut(c, one.room) for c, one in zip(drawn, following, strict=True)]
            turns = one_turn(self._tokenizer, [one.prompt for one in following], drawn)
            for one, then in zip(following, turns, strict=True):
                prompts[one.place] = one.prompt
                before = answers[one.place]
                joined = _joined(before.completion, one.given, then.completion)
                answers[one.place] = Answered(joined, [*before.messages, *then.messages])
            going = [one.place for one in following]
        _tell(ended, [answers[place] for place in going])
        return answers

    def _goes_on(
        self, place: int, asked: Messages, prompt: Prompt, answer: Answered, decoding: Decoding
    ) -> tuple[_Next | None, Answered]:
        """How a conversation goes on after the model's turn, None where it has ended, and what it is then."""
        completion, said = answer.completion, [*asked, *answer.messages]
        if self._reply is None or completion.finish_reason != "stop" or (message := self._reply(said)) is None:
            return None, answer
        written = completion.token_ids[completion.given[-1][1] if completion.given else 0 :]
        text, given = self._between(said, message)
        ids = [*prompt.ids, *written, *given]
        room = min(decoding.max_tokens - len(completion.token_ids) - len(given), self._positions - len(ids))
        if room < 1:
            return None, replace(answer, completion=replace(completion, finish_reason="length"))
        thought = opened_by(text, self._template.render([*said, message]))
        return _Next(place, Prompt(text, ids, thought), given, room), Answered(completion, [*answer.messages, message])

    def _between(self, said: Messages, message: Message) -> tuple[str, list[int]]:
        """The prompt of the next turn, and the ids of what it has after the token that closes the last one."""
        text, closing = self._template.render([*said, message], add_generation_prompt=True), self._closing
        before = self._template.render(said)
        end = before.rfind(closing) + len(closing)
        if closing not in before or not text.startswith(before[:end]):
            raise GradusError(
                f"{self._template.source}: words earlier turns otherwise once a tool has answered; set another "
                "chat_template, or no environment"
            )
        return text, self._tokenizer.encode(text[end:], add_special_tokens=False).ids


def _tell(ended: Ended | None, answers: Sequence[Answered]) -> None:
    if ended is not None and answers:
        ended(len(answers), sum(answer.completion.written_count for answer in answers))


def _cut(completion: Completion, room: int) -> Completion:
    """What the same request would have written with room for so many tokens."""
    if len(completion.token_ids) <= room:
        return completion
    return Completion(completion.token_ids[:room], completion.logprobs[:room], "length")


def _joined(first: Completion, given: list[int], then: Completion) -> Completion:
    start = len(first.token_ids)
    return Completion(
        [*first.token_ids, *given, *then.token_ids],
        [*first.logprobs, *[0.0] * len(given), *then.logprobs],
        then.finish_reason,
        (*first.given, (start, start + len(given))),
    )
