"""What DPO trains on: of each problem right and wrong solutions in pairs, as token ids.

Rafailov et al. 2023 (arXiv:2305.18290) have people prefer one answer to another; here the grader does, as in rejection
sampling with negatives (Pang et al. 2024, "Iterative reasoning preference optimization", arXiv:2404.19733, which adds
the likelihood of the right solution to the loss; this has the plain loss).
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gradus.models.positions import expect_room
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import messages_for
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.specs.training import DpoSpec
from gradus.training.examples import Encoder
from gradus.training.split import problems_of, split_by_problem

Solution = dict[str, Any]
"""A judged trace, with the conversation that asks its problem and is answered by it as `messages`."""


@dataclass(frozen=True)
class Pair:
    """Token ids: of a prompt, and of a right and a wrong answer to it with the tokens that close them."""

    prompt: list[int]
    right: list[int]
    wrong: list[int]

    @property
    def longest(self) -> int:
        """Tokens of the longer one of the two texts."""
        return len(self.prompt) + max(len(self.right), len(self.wrong))

    @property
    def tokens(self) -> int:
        """Of both texts."""
        return 2 * len(self.prompt) + len(self.right) + len(self.wrong)

    def row(self) -> dict[str, list[int]]:
        """As TRL has it."""
        ids = asdict(self)
        return {"prompt_ids": ids["prompt"], "chosen_ids": ids["right"], "rejected_ids": ids["wrong"]}


def training_pairs(
    job: Job[DpoSpec], traces: Sequence[dict[str, Any]], start: Encoder
) -> tuple[list[Pair], list[Pair]]:
    """Pairs to train on, and those of problems that are held out.

    Raises GradusError where none is left to train on, the model cannot learn a solution, or has too few positions.
    """
    settings = job.settings
    whole = [trace for trace in traces if not trace["cut"]]  # as nobody knows how they would have ended
    solutions = [trace | {"messages": _conversation(trace, settings)} for trace in whole]
    parts = split_by_problem(solutions, settings.held_out_share, settings.seed)
    drawn = [paired(part, settings.seed) for part in parts]
    encoded = [[_encoded(right, wrong, start) for right, wrong in part] for part in drawn]
    train_set, held_out = ([pair for pair in part if pair.longest <= settings.max_length] for part in encoded)
    long = sum(map(len, encoded)) - len(train_set) - len(held_out)
    job.log(
        f"{len(train_set)} pairs to train on and {len(held_out)} held out, of {len(traces)} solutions; left out: "
        f"{len(traces) - len(whole)} solutions that were cut, {long} pairs longer than max_length = "
        f"{settings.max_length}"
    )
    if not train_set:
        raise GradusError(
            f"{job.spec_path}: no pair is left to train on; raise max_length ({settings.max_length}), lower "
            f"held_out_share ({settings.held_out_share}), or judge more samples of each problem"
        )
    expect_room(start.folder, max(pair.longest for pair in train_set + held_out))
    return train_set, held_out


def paired(solutions: Sequence[Solution], seed: int) -> list[tuple[Solution, Solution]]:
    """Right and wrong solutions of the same problem, drawn with the seed, each in one pair at most.

    As many as the problem has of the scarcer kind; problem by problem, in the order of their first solutions.
    """
    by_problem: dict[int, list[Solution]] = {}
    for solution, problem in zip(solutions, problems_of(solutions), strict=True):
        by_problem.setdefault(problem, []).append(solution)
    pairs: list[tuple[Solution, Solution]] = []
    for own in by_problem.values():
        drawn = random.Random(f"{seed}/pairs/{own[0]['id']}").sample(own, len(own))
        right, wrong = ([solution for solution in drawn if solution["right"] is kind] for kind in (True, False))
        pairs += zip(right, wrong, strict=False)
    return pairs


def _conversation(trace: dict[str, Any], settings: DpoSpec) -> list[dict[str, str]]:
    asked = messages_for(trace["problem"], settings.prompt)
    return [*asked, {"role": "assistant", "content": trace["solution"]}]


def _encoded(right: Solution, wrong: Solution, start: Encoder) -> Pair:
    (prompt,) = encode_prompts(start.template, start.tokenizer, [right["messages"][:-1]])
    answers = []
    for solution in (right, wrong):
        try:
            *_, (ids, _) = encode_for_training(start.template, start.tokenizer, solution["messages"])
        except GradusError as error:
            raise GradusError(f"solution of {solution['id']!r}: {error}") from None
        answers.append(ids[len(prompt.ids) :])
    return Pair(prompt.ids, *answers)
