"""The metrics of a step's rollouts, worked by hand; and what a spike of the KL does."""

from pathlib import Path

import pytest
from tiny import job_of, made_group

from gradus.sampling.protocol import Completion
from gradus.training.collecting import guarded_factor
from gradus.training.groups import Group, rollout_metrics


def test_metrics_by_hand() -> None:
    """Two groups of three: deviations are taken within a group, prompts are read once for each of its completions."""
    first = made_group([True, False, None], [1, 2, 3])
    other = made_group([True, True, True], [4, 5, 9], rewards=[1.0, 4.0, 7.0])
    cut = [Completion(c.token_ids, c.logprobs, "length") for c in other.completions[:2]]
    second = Group([1] * 10, [*cut, other.completions[2]], other.rewards, other.parts, other.verdicts)
    assert rollout_metrics([first, second], 1, ["correct"]) == {
        "reward": pytest.approx(13 / 6),
        "reward_std": pytest.approx((3**-0.5 + 3.0) / 2),  # of 1, 0, 0 and of 1, 4, 7
        "reward_correct": pytest.approx(13 / 6),
        "completion_tokens": 4.0,
        "truncated": pytest.approx(2 / 6),
        "no_answer": 0.0,
        "unknown": pytest.approx(1 / 6),
        "groups": 2,
        "groups_without_signal": 1,
        "tokens": 24,
        "prompt_tokens": 3 * (3 + 10),
    }


@pytest.mark.parametrize(
    ("kl", "left"), [(None, 0.8), (0.4, 0.8), (0.5, 0.8), (0.6, 0.2)], ids=["no kl", "below", "at", "above"]
)
def test_a_spike_multiplies_what_is_left_of_the_rate(
    kl: float | None, left: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_of(tmp_path, "direct_rl", kl_guard={"threshold": 0.5, "factor": 0.25})
    assert guarded_factor(job, kl, 0.8, step=3) == pytest.approx(left)
    assert ("step 3: KL 0.6 is a spike; learning rate times 0.2" in capsys.readouterr().err) == (left == 0.2)
    assert guarded_factor(job_of(tmp_path, "direct_rl", kl_guard=None), kl, 0.8, step=3) == 0.8
