"""What the specs of the release before this one become, key by key."""

import pytest

from gradus.graph.former_specs import typed_settings
from training.tiny import pocket_jobs


@pytest.mark.parametrize("ahead", [False, True])
def test_sampling_ahead_has_another_name(ahead: bool) -> None:
    former = pocket_jobs()["models/direct_rl"].settings.model_dump(mode="json", serialize_as_any=True)
    del former["overlap"], former["network"]
    assert typed_settings("grpo", former | {"look_ahead": ahead}).overlap == int(ahead)
