"""Differences of specs, in words."""

from typing import Any

import pytest

from gradus.graph.spec_changes import spec_changes, together


def spec(
    settings: dict[str, Any], stage: str = "sft", fingerprint: str = "a", modules: tuple[str, ...] = ("m",)
) -> Any:
    return {"stage": stage, "modules": list(modules), "settings": settings, "fingerprint": fingerprint}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"lr": 1e-4}, {"lr": 2e-4}, ["lr changed from 0.0001 to 0.0002"]),
        ({"lora": {"rank": 8}}, {"lora": {"rank": 16}}, ["lora.rank changed from 8 to 16"]),
        ({"k": [1, 4], "packing": False}, {"k": [1, 8], "packing": None},
         ["k changed from [1, 4] to [1, 8]", "packing changed from false to null"]),
        ({"seed": 1}, {"seed": 2**60}, ["seed changed"]),
        ({"grader": "a"}, {"grader": "b"}, ["code of grading changed"]),
        ({"template": "x" * 99}, {"template": ""}, ["template changed"]),
        ({"old": 1}, {"new": True}, ["new set to true", "old removed"]),
        ({"prompt": None}, {"prompt": {"suffix": "!"}}, ["prompt.suffix set to !"]),
        ({"outside": {"path": "rows.csv", "sha256": "a"}}, {"outside": {"path": "rows.csv", "sha256": "b"}},
         ["rows.csv changed"]),
        ({"lr": 1}, {"lr": 1}, []),
    ],
)  # fmt: skip
def test_settings(before: dict[str, Any], after: dict[str, Any], said: list[str]) -> None:
    assert list(spec_changes(spec(before), spec(after))) == said


def test_code() -> None:
    assert list(spec_changes(spec({}), spec({}, fingerprint="b"))) == ["code of training changed"]
    made = spec({}, "make_problems"), spec({}, "make_problems", "b")
    assert list(spec_changes(*made)) == ["code of problem sets changed"]


def test_other_modules_are_no_change_of_code() -> None:
    other = spec({}, fingerprint="b", modules=("gradus.training.trl.sft",))
    assert list(spec_changes(spec({}), other)) == ["runs training.trl.sft in place of m"]
    assert list(spec_changes(spec({"lr": 1}), other | {"settings": {"lr": 2}})) == ["lr changed from 1 to 2"]


def test_code_of_several_kinds_is_one_reason() -> None:
    code = [f"code of {kind} changed" for kind in ("sampling", "training", "tables")]
    assert together([code[0], "lr changed", *code[1:]]) == [
        "lr changed",
        "code of sampling, training and tables changed",
    ]
    assert together(code[:2]) == ["code of sampling and training changed"]
    assert together(["lr changed", code[0]]) == ["lr changed", code[0]]
    assert together(["lr changed"]) == ["lr changed"]
