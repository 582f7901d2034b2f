"""What a model is asked: zero-shot, few-shot, system messages, and how places of a study change the study's prompt."""

from pathlib import Path
from typing import Any

import pytest

from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import messages_for
from gradus.provenance.errors import GradusError
from gradus.study.prompts import prompt_of, trace_prompt
from gradus.study.resolve import resolve
from gradus.study.settings.prompts import EXCHANGES
from study.made_study import study

SUFFIX = " Write your answer in \\boxed{} format."


def prompt(**changes: Any) -> dict[str, Any]:
    return {"system": None, "few_shot": [], "suffix": ""} | changes


def test_zero_shot_is_the_problem_with_the_suffix() -> None:
    assert messages_for("1 + 1?", prompt(suffix=SUFFIX)) == [{"role": "user", "content": "1 + 1?" + SUFFIX}]
    assert messages_for("1 + 1?", prompt(system="")) == messages_for("1 + 1?", prompt())


def test_exchanges_stand_between_the_system_message_and_the_problem_and_share_the_suffix() -> None:
    shots = [{"user": "2?", "assistant": "\\boxed{2}"}, {"user": "3?", "assistant": "\\boxed{3}"}]
    assert messages_for("4?", prompt(system="Think.", few_shot=shots, suffix="!")) == [
        {"role": "system", "content": "Think."},
        {"role": "user", "content": "2?!"},
        {"role": "assistant", "content": "\\boxed{2}"},
        {"role": "user", "content": "3?!"},
        {"role": "assistant", "content": "\\boxed{3}"},
        {"role": "user", "content": "4?!"},
    ]


def test_the_built_in_exchange_is_right_and_boxed() -> None:
    text = EXCHANGES["strawberry"].assistant
    letters = dict(part.strip(" .").split(") ") for part in text.partition(": ")[2].partition(" The")[0].split(","))
    assert "".join(letters.values()) == "strawberry"
    assert [int(place) for place, letter in letters.items() if letter == "r"] == [3, 8, 9]
    assert text.endswith("\\boxed{3}")


def test_a_place_changes_only_the_keys_that_it_names(tmp_path: Path) -> None:
    made = study(
        tmp_path,
        ("prompt", {"system": "S", "few_shot": ["strawberry"], "suffix": "!"}),
        ("exchanges", {"mine": {"user": "1?", "assistant": "1"}}),
        ("benchmarks.hard.prompt", {"few_shot": ["mine", "strawberry"]}),
        ("benchmarks.easy.prompt", {"system": "", "few_shot": []}),
        ("experiments.rl.prompt", {"suffix": "?"}),
        ("traces.custom.teacher_prompt", {"few_shot": ["mine"]}),
        ("traces.public.prompt", {"suffix": "."}),
    )
    mine = {"user": "1?", "assistant": "1"}
    strawberry = EXCHANGES["strawberry"].model_dump()
    specs = resolve(made)

    def used(path: str) -> dict[str, Any]:
        return specs[path]["settings"]["prompt"]

    assert used("samples/rl/hard.json") == prompt(system="S", few_shot=[mine, strawberry], suffix="!")
    assert used("eval/rl/hard.json") == used("samples/rl/hard.json")
    assert used("samples/rl/easy.json") == prompt(system="", suffix="!")
    assert used("models/rl.json") == prompt(system="S", few_shot=[strawberry], suffix="?")
    assert used("traces/custom.completions.json") == prompt(system="S", few_shot=[mine], suffix="!")
    assert used("traces/custom.json") == prompt(system="S", suffix="!")
    assert used("traces/public.json") == prompt(system="S", suffix=".")
    assert prompt_of(made) == prompt(system="S", few_shot=[strawberry], suffix="!")
    assert trace_prompt(made, None)["few_shot"] == []


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("prompt.few_shot", ["blueberry"], "prompt.few_shot.0: there is no exchange 'blueberry'; there are strawberry"),
        ("benchmarks.easy.prompt", {"few_shot": ["x"]}, "benchmarks.easy.prompt.few_shot.0: there is no exchange 'x'"),
        ("experiments.rl.prompt", {"few_shot": ["x"]}, "experiments.rl.prompt.few_shot.0: there is no exchange 'x'"),
        ("traces.custom.teacher_prompt", {"few_shot": ["x"]}, "teacher_prompt.few_shot.0: there is no exchange 'x'"),
        ("traces.custom.prompt", {"few_shot": ["strawberry"]}, "a trace has no exchanges, training would learn them"),
        ("exchanges", {"x": {"user": "1?"}}, "exchanges.x.assistant: this key is required"),
        ("exchanges", {"x": {"user": "", "assistant": "1"}}, "exchanges.x.user: "),
    ],
)
def test_mistakes_name_the_place(tmp_path: Path, key: str, value: object, told: str) -> None:
    changes = [("prompt", {})] if key.startswith("prompt.") else []
    with pytest.raises(GradusError) as caught:
        study(tmp_path, *changes, (key, value))
    assert told in str(caught.value)


def test_a_few_shot_prompt_as_the_pocket_models_template_renders_it(tmp_path: Path) -> None:
    save_tokenizer(tmp_path, train_tokenizer(["How many?"], 280))
    shot = {"user": "1 + 1?", "assistant": "\\boxed{2}"}
    messages = messages_for("2 + 2?", prompt(few_shot=[shot], suffix=" Box it."))
    assert ChatTemplate.load(tmp_path).render(messages, add_generation_prompt=True) == (
        "<|im_start|>user\n1 + 1? Box it.<|im_end|>\n<|im_start|>assistant\n\\boxed{2}<|im_end|>\n"
        "<|im_start|>user\n2 + 2? Box it.<|im_end|>\n<|im_start|>assistant\n"
    )
