from rewards.made_completion import completion, value


def test_overlong_is_for_what_was_cut() -> None:
    assert value("overlong", completion()) == 0.0
    assert value("overlong", completion(finish_reason="length")) == -1.0
    assert value("overlong", completion("\\boxed{4", finish_reason="length")) == -1.0
