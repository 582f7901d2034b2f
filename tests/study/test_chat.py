"""What a study says of a model's chat: refused while planning where it cannot work; in the specs that it decides."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tokenizers import Tokenizer

from gradus.graph.graph import Graph
from gradus.hub.lock import Pin, PinnedFile, Repo, write_lock
from gradus.models import chat_files as made
from gradus.models.chat_files import ChatSettings
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from layouts import save_layout
from study.planned import specs_of

FILES = ("config.json", "tokenizer.json", "model.safetensors")
TEMPLATE = "{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def plan(model: dict[str, Any]) -> Graph:
    study = {
        "study": "s",
        "models": {"base": model},
        "problems": {
            "train": {"source": "pocket", "split": "train", "size": 9},
            "test": {"source": "pocket", "split": "evaluation", "size": 9},
        },
        "benchmarks": {"test": {"problems": "test"}},
        "traces": {"own": {"kind": "distilled", "teacher": "base", "problems": ["train"]}},
        "experiments": {
            "baseline": {"from": "base", "stage": "none"},
            "sft": {"from": "base", "stage": "sft", "traces": ["own"]},
            "rl": {"from": "sft", "stage": "grpo", "problems": "train"},
        },
    }
    write_lock({Repo("model", "a/b"): Pin("12" * 20, dict.fromkeys(FILES, PinnedFile(10, "git", "ab" * 20)))})
    Path("study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    return Graph.read("study.yaml")


def folder(layout: str) -> dict[str, Any]:
    save_layout(Path("mine"), layout)
    return {"source": "folder", "path": "mine"}


HUB = {"source": "hub", "repo": "a/b"}


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            HUB | {"chat_template": "chatlm"},
            r"models.base.chat_template: there is neither a .jinja file 'chatlm' .* nor a temp",
        ),
        (HUB | {"chat_template": "broken.jinja"}, r"models.base: chat_template broken.jinja, line 1"),
        (HUB | {"chat_template": "latin.jinja"}, r"models.base: chat_template latin.jinja: cannot be read .*; save it"),
        (HUB | {"chat_template": "empty.jinja"}, r"models.base: chat_template empty.jinja: the file is empty; write"),
        (HUB | {"date": "yesterday"}, r"models.base.date: expected a day such as 2026-01-31, not 'yesterday'"),
        (
            HUB | {"template_variables": {"enable-thinking": False}},
            r"models.base.template_variables.enable-thinking: no n",
        ),
        (HUB | {"chattemplate": "chatml"}, r"unknown key; did you mean chat_template"),
        ("gpt2", r"models.base: mine/chat_template.jinja does not exist .*: set this model's chat_template to chatml"),
    ],
)
def test_what_cannot_work_is_refused_while_planning(model: Any, words: str) -> None:
    Path("broken.jinja").write_text("{% for")
    Path("latin.jinja").write_bytes(b"\xe9")
    Path("empty.jinja").touch()
    with pytest.raises(GradusError, match=words) as caught:
        plan(folder(model) if isinstance(model, str) else model)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"chat_template": "llama3"},
            r"models.base: the chat_template of the study w.* after an answer",
        ),
        ({"chat_template": "user_assistant", "stop": ["\nUser:"]}, r"stop: '\\nUser:' is not one token"),
        ({"chat_template": "user_assistant", "eos_token": "</s>"}, r"'</s>' is not one token"),
    ],
)
def test_a_local_model_is_checked_with_its_tokenizer(said: dict[str, Any], words: str) -> None:
    with pytest.raises(GradusError, match=words):
        plan(folder("gpt2") | said)


def test_a_base_without_a_template_can_be_planned() -> None:
    for name in ("user_assistant", "own.jinja"):
        Path("own.jinja").write_text(TEMPLATE)
        specs = specs_of(plan(folder("gpt2") | {"chat_template": name}))
        assert specs["models/base"]["settings"]["chat"]["template"].endswith("\n" if name != "own.jinja" else "%}")


@pytest.mark.parametrize(
    "said",
    [
        {"chat_template": "chatml"},
        {"eos_token": "x"},
        {"stop": ["x"]},
        {"template_variables": {"enable_thinking": False}},
        {"date": "2025-01-31"},
    ],
)
def test_all_that_comes_from_a_model_follows_its_chat(said: dict[str, Any]) -> None:
    plain, changed = specs_of(plan(HUB)), specs_of(plan(HUB | said))
    differ = {name for name in plain if plain[name] != changed[name]}
    assert differ == {
        *("models/base", "models/sft", "models/rl", "lengths/sft"),
        *("traces/own.completions", "traces/own"),
        *(f"samples/{name}/test" for name in ("baseline", "sft", "rl")),
        *(f"export/{name}" for name in ("baseline", "sft", "rl")),
    }


def test_the_text_of_a_template_file_decides_and_not_its_name() -> None:
    Path("own.jinja").write_text(TEMPLATE)
    before = specs_of(plan(HUB | {"chat_template": "own.jinja"}))
    Path("same.jinja").write_text(TEMPLATE)
    assert specs_of(plan(HUB | {"chat_template": "same.jinja"})) == before
    Path("own.jinja").write_text(TEMPLATE + "\n")
    after = specs_of(plan(HUB | {"chat_template": "own.jinja"}))
    assert before["models/rl"] != after["models/rl"]
    assert len(before["models/rl"]["settings"]["weights"]["origin"]["chat"]["template"]) == 64


def test_a_tokenizer_is_read_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def counted(folder: Path, settings: ChatSettings) -> dict[str, str]:
        read.append(folder)
        return checked(folder, settings)

    checked = made.chat_files
    monkeypatch.setattr(made, "chat_files", counted)
    model = folder("gpt2") | {"chat_template": "user_assistant"}
    for expected in (1, 1):
        plan(model)
        assert len(read) == expected
    for changed in (model | {"stop": ["!"]}, model | {"date": "2025-01-31"}):
        plan(changed)
    assert len(read) == 3
    for _ in range(2):  # what was refused is looked at again
        with pytest.raises(GradusError, match="is not one token"):
            plan(model | {"stop": ["</s>"]})
    assert len(read) == 5
    plan(model)
    config = read_json("mine/tokenizer_config.json")
    write_json("mine/tokenizer_config.json", config | {"eos_token": "</s>"})
    with pytest.raises(GradusError, match="is not one token"):
        plan(model)
    write_json("mine/tokenizer_config.json", config)
    Path(".snakemake/gradus.checked.json").write_text("{torn")
    plan(model)
    assert len(read) == 7


def test_special_domain_tokens_of_a_local_model_are_refused_unless_they_are_repaired() -> None:
    base = folder("qwen2_5_base")
    path = Path("mine", "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.add_special_tokens(["<MUL_1_1_1>"])
    tokenizer.save(str(path))
    base |= {"tokens": {"kind": "multiplication", "up_to": 1}}
    with pytest.raises(GradusError, match=r"models.base: mine/tokenizer.json: '<MUL_1_1_1>' .* is a special token"):
        plan(base)
    settings: Any = plan(base | {"repair_tokens": True}).jobs["models/base"].settings
    assert (settings.tokens.tokens, settings.repair_tokens) == (["<MUL_1_1_1>"], True)
