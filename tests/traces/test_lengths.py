"""Lengths of traces in the tokens of the model that learns them."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import measure_traces
from gradus.models.describe import write_manifest
from gradus.models.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import Job
from gradus.specs.traces import MeasureTracesSpec
from gradus.traces.lengths import cut_warning, length_report, most_tokens, token_lengths
from gradus.training.examples import encode_traces
from problems.published_sets import shared, write_jsonl
from thinking_layouts import save_layout
from traces.made_traces import read
from typed_jobs import typed_job


def conversation(question: str, answer: str) -> dict:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"id": question, "messages": messages, "answer": "", "teacher": "t", "tokens": None, "chars": len(answer)}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer without merges: bytes are tokens."""
    folder = tmp_path_factory.mktemp("model")
    save_tokenizer(folder, train_tokenizer(["1 + 1 = 2"], 259))
    return folder


def measuring(folder: Path, model: Path, traces: Path) -> Job[MeasureTracesSpec]:
    """The job that measures a file of traces for an experiment with at most 50 tokens; it writes o.json and log."""
    settings = MeasureTracesSpec(experiment="sft", traces=["t"], max_length=50, model="base")
    files = {"traces": [traces], "tokenizer": [write_manifest(model).path]}
    files |= {"out": [folder / "o.json"], "log": [folder / "log"]}
    return typed_job(folder, "lengths/sft", settings, files)


def test_counts_by_hand() -> None:
    summary = length_report({"a": list(range(1, 21)), "b": [100]}, 19)
    assert summary["sets"]["a"] == {
        "rows": 20,
        "tokens": {"median": 10.5, "p95": 19, "max": 20},
        "cut": 1,
        "cut_share": 0.05,
    }
    assert summary["all"]["cut"] == 2


def test_a_percentile_is_a_length_that_is_there() -> None:
    lengths = [*range(10, 190, 10), 300, 1000]  # 20 of them
    assert [most_tokens(f"p{percent}", lengths) for percent in (1, 5, 6, 50, 94, 95, 96, 100)] == [
        *(10, 10, 20, 100, 300, 300, 1000, 1000)
    ]
    assert most_tokens(512, lengths) == 512
    assert length_report({"a": lengths}, most_tokens("p95", lengths))["all"]["cut"] == 1


@pytest.mark.parametrize(("cut", "warned"), [(0, False), (5, False), (6, True), (100, True)])
def test_more_than_a_twentieth_is_a_warning(cut: int, warned: bool) -> None:
    said = cut_warning(length_report({"a": [10] * (100 - cut) + [50] * cut}, 20), "sft")
    assert (said is not None) == warned
    if said is not None:
        assert f"max_length = 20 cuts {cut} of 100 traces ({cut}%) of sft" in said


def test_the_template_counts_and_any_text_has_tokens(model: Path) -> None:
    around = "<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n<|im_end|>"
    own = len(load_tokenizer(model).encode(around, add_special_tokens=False).ids)
    texts = ["naïve", "漢字", "🙂", "\\frac{1}{2}", "\x00\x07", "и так далее"]
    for text in texts:
        assert token_lengths([conversation(text, "x")], model, "t.jsonl") == [own + len(text.encode()) + 1]
        assert load_tokenizer(model).decode(load_tokenizer(model).encode(text).ids) == text


def test_a_trace_that_cannot_be_learned_is_named_with_its_line(tmp_path: Path) -> None:
    """The prompt of this layout says that nothing is thought."""
    folder = save_layout(tmp_path / "model", "qwen3_5_direct")
    traces = [conversation("a", "x"), conversation("b", "<think>\nhm\n</think>\n\nx")]
    raw = write_jsonl(tmp_path / "t.jsonl", traces)
    job = measuring(tmp_path, folder, raw)
    with pytest.raises(GradusError, match=r"t\.jsonl:2: .*set think: strip or plain on its traces, or enable_thinking"):
        measure_traces.build(job)
    assert not (tmp_path / "o.json").exists()
    start = SimpleNamespace(template=ChatTemplate.load(folder), tokenizer=load_tokenizer(folder))
    with pytest.raises(GradusError, match=r"trace 'b': .*set think: strip or plain"):
        encode_traces(traces, start, 50)


def test_a_trace_of_several_examples_is_as_long_as_the_longest(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "r1_distill")
    first, second = conversation("a", "<think>\nhm\n</think>\n\nx"), conversation("and b", "<think>\nho\n</think>\n\ny")
    both = first | {"messages": first["messages"] + second["messages"]}
    start = SimpleNamespace(template=ChatTemplate.load(folder), tokenizer=load_tokenizer(folder))
    encoded = encode_traces([both], start, 1000)
    sizes = [len(ids) for ids, _ in encoded.examples]
    assert token_lengths([both], folder, "t.jsonl") == [sizes[1]]
    assert sizes[0] < sizes[1]
    cut = encode_traces([both], start, sizes[1] - 1)
    assert ([len(ids) for ids, _ in cut.examples], cut.cut, cut.lost) == ([sizes[0], sizes[1] - 1], 1, 0)
    lost = encode_traces([both], start, sizes[0])
    assert ([len(ids) for ids, _ in lost.examples], lost.cut, lost.lost) == ([sizes[0]], 1, 1)


def test_the_job_warns_in_its_log_on_the_terminal_and_in_its_file(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = write_jsonl(tmp_path / "t.jsonl", [conversation("q" * n, "a") for n in range(1, 41)])
    job = measuring(tmp_path, model, raw)
    measure_traces.build(job)
    summary = read_json(tmp_path / "o.json")
    assert summary["all"]["rows"] == 40
    assert summary["all"]["cut"] > 2
    assert summary["warning"] in capsys.readouterr().err
    assert f"WARNING: {summary['warning']}" in (tmp_path / "log").read_text(encoding="utf-8")


def test_tokens_of_solutions_are_counted_and_filtered_by(model: Path, tmp_path: Path) -> None:
    raw = shared("cs336_math_r1_sft.jsonl")
    traces, summary = read(tmp_path, "rows", raw, model=model, max_tokens=200)
    assert all(trace["tokens"] == len(trace["messages"][-1]["content"].encode()) <= 200 for trace in traces)
    sizes = [len(json.loads(line)["response"].encode()) for line in raw.read_text(encoding="utf-8").splitlines()]
    assert summary["dropped"] == {"too_long": sum(size > 200 for size in sizes)}
    assert summary["tokens"]["max"] <= 200
