"""What a model is asked: zero-shot, few-shot, system messages, and how places of a study change the study's prompt."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.graph.prompts import prompt_of, trace_prompt
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import messages_for
from gradus.provenance.errors import GradusError
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.prompts import EXCHANGES, Exchange
from study.made_study import study

SUFFIX = " Write your answer in \\boxed{} format."


def prompt(**changes: Any) -> PromptSpec:
    return PromptSpec(**{"system": None, "few_shot": [], "suffix": ""} | changes)


def test_zero_shot_is_the_problem_with_the_suffix() -> None:
    assert messages_for("1 + 1?", prompt(suffix=SUFFIX)) == [{"role": "user", "content": "1 + 1?" + SUFFIX}]
    assert messages_for("1 + 1?", prompt(system="")) == messages_for("1 + 1?", prompt())


def test_few_shot_examples_come_between_the_system_message_and_the_problem_and_share_the_suffix() -> None:
    shots = [Exchange(user="2?", assistant="\\boxed{2}"), Exchange(user="3?", assistant="\\boxed{3}")]
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
    mine, strawberry = Exchange(user="1?", assistant="1"), EXCHANGES["strawberry"]
    jobs = Graph(made).jobs

    def used(name: str) -> PromptSpec:
        return jobs[name].settings.prompt  # type: ignore[attr-defined] all of these jobs have one

    assert used("samples/rl/hard") == prompt(system="S", few_shot=[mine, strawberry], suffix="!")
    assert used("eval/rl/hard") == used("samples/rl/hard")
    assert used("samples/rl/easy") == prompt(system="", suffix="!")
    assert used("models/rl") == prompt(system="S", few_shot=[strawberry], suffix="?")
    assert used("traces/custom.completions") == prompt(system="S", few_shot=[mine], suffix="!")
    assert used("traces/custom") == prompt(system="S", suffix="!")
    assert used("traces/public") == prompt(system="S", suffix=".")
    assert prompt_of(made) == prompt(system="S", few_shot=[strawberry], suffix="!")
    assert trace_prompt(made, None).few_shot == []


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
    shot = Exchange(user="1 + 1?", assistant="\\boxed{2}")
    messages = messages_for("2 + 2?", prompt(few_shot=[shot], suffix=" Box it."))
    assert ChatTemplate.load(tmp_path).render(messages, add_generation_prompt=True) == (
        "<|im_start|>user\n1 + 1? Box it.<|im_end|>\n<|im_start|>assistant\n\\boxed{2}<|im_end|>\n"
        "<|im_start|>user\n2 + 2? Box it.<|im_end|>\n<|im_start|>assistant\n"
    )
