from rewards.made_completion import completion, value


def test_what_was_cut_with_an_answer_is_not_unanswered() -> None:
    cut = [completion(text, finish_reason="length") for text in ("\\boxed{4}", "\\boxed{5}", "\\boxed{4", "4")]
    assert [value("overlong_unanswered", each) for each in cut] == [0.0, 0.0, -1.0, -1.0]
    assert value("overlong_unanswered", completion("no answer")) == 0.0  # it ended by itself
