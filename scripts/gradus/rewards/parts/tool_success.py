"""Whether the calls of tools succeeded."""

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part


def tool_success(completion: GradedCompletion) -> float:
    """The share of a completion's calls of tools that succeeded; 0 where it calls none. A call that nothing answered,
    as it was in the last of max_turns, has not.
    """
    from gradus.environments.calls import calls_in, results_in

    results = results_in(completion.messages)
    made = sum(len(calls_in(turn["content"])) for turn in completion.messages if turn["role"] == "assistant")
    return sum(results) / max(made, len(results), 1)


PART = Part(tool_success, blind=True, of_calls=True)
