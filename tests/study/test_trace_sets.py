"""Trace sets in a study: mistakes found while planning, the files of each kind, and what their jobs are told."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.hub.lock import Pin, PinnedFile, Repo
from gradus.provenance.errors import GradusError
from gradus.specs.base import Pinned
from gradus.specs.hub import FetchDataSpec
from gradus.specs.problems import MakeProblemsSpec
from gradus.specs.traces import FilterTracesSpec, MixTracesSpec, ReadTracesSpec
from study.made_study import spec_of, study

DISTILLED = {"kind": "distilled", "teacher": "teacher", "problems": "train"}
HERE = {"kind": "rows", "path": __file__}


@pytest.mark.parametrize(
    ("traces", "told"),
    [
        ({**DISTILLED, "problems": ["train", "nowhere"]}, "x.problems: there is no problem set 'nowhere'"),
        ({**DISTILLED, "problems": []}, "x.problems: name one problem set or more"),
        ({"kind": "solutions", "problems": "nowhere"}, "x.problems: there is no problem set 'nowhere'"),
        (
            {"kind": "solutions", "problems": "probes"},
            "x.problems: arithmetic_probes has no worked solutions; sets of file, gsm8k, gsm_sbs",
        ),
        (
            {**HERE, "inject": {"kind": "list", "tokens": ["<A>"]}},
            "x.inject.kind: expected 'multiplication'",
        ),
        ({**DISTILLED, "inject": {"kind": "list", "tokens": ["<A>"]}}, "x.inject.kind: expected 'multiplication'"),
        (
            {**DISTILLED, "inject": {"kind": "multiplication", "mode": "wild"}},
            "x.inject.mode: expected 'weak' or 'strict'",
        ),
        (
            {"kind": "solutions", "problems": "sbs", "annotations": "keep"},
            "x.annotations: solutions of gsm_sbs have no annotations; those of gsm8k have",
        ),
        ({"kind": "mix", "parts": {"custom": 1, "nowhere": 1}}, "x.parts.nowhere: there is no trace set 'nowhere'"),
        ({"kind": "mix", "parts": {"x": 1}}, "x.parts.x: 'x' is a mix itself; name its own parts"),
        ({"kind": "mix", "parts": {"custom": 0}}, "x.parts.custom: has to be greater than 0, not 0"),
        ({"kind": "mix", "parts": {}}, "x.parts: "),
        ({"kind": "rows"}, "x.path: set `path` to a local file or folder, or `repo` to a data set of the hub"),
        ({"kind": "rows", "repo": "a b"}, "x.repo: 'a b' is not the name of a repository"),
        ({"kind": "rows", "path": "../no/where.jsonl"}, "x.path: there is no '../no/where.jsonl' (from "),
        ({**HERE, "max_tokens": 9}, "x.max_tokens: set `tokenizer` to a model of the study, to count its tokens"),
        ({**HERE, "tokenizer": "nobody"}, "x.tokenizer: there is no model 'nobody'; there are base, teacher"),
        ({**HERE, "think": "away"}, "x.think: expected 'keep', 'strip', 'plain' or 'wrap', not 'away'"),
        ({**HERE, "verified_by": "llama"}, "x.verified_by: unknown key"),
        ({"kind": "row"}, "x.kind: expected one of 'distilled', 'pocket_public', 'openr1', 'rows', 'solutions'"),
    ],
)
def test_mistakes_name_key_and_remedy(tmp_path: Path, traces: dict[str, Any], told: str) -> None:
    sets = {"probes": {"source": "arithmetic_probes"}, "sbs": {"source": "gsm_sbs"}}
    with pytest.raises(GradusError) as caught:
        study(tmp_path, ("traces.x", traces), *((f"problems.{name}", settings) for name, settings in sets.items()))
    assert f"traces.{told}" in str(caught.value)


def test_several_problem_sets_are_asked_and_judged_together(tmp_path: Path) -> None:
    changes = (("problems.more", {"source": "pocket"}), ("traces.custom.problems", ["train", "more"]))
    graph = Graph(study(tmp_path, *changes))
    files = [f"results/small/problems/{name}.parquet" for name in ("train", "more")]
    assert graph.jobs["traces/custom"].reads["problems"] == files
    assert spec_of(graph, "traces/custom", FilterTracesSpec).sets == ["train", "more"]
    one = Graph(study(tmp_path, ("traces.custom.problems", ["train"])))
    assert one.jobs == Graph(study(tmp_path)).jobs


def test_the_files_of_each_kind(tmp_path: Path) -> None:
    raw = tmp_path / "MATH"
    files = [raw / "train/algebra/1.json", raw / "train/algebra/2.json"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}", encoding="utf-8")
    graph = Graph(
        study(
            tmp_path,
            ("problems.math", {"source": "math", "split": "train", "path": str(raw)}),
            ("problems.few", {"source": "subset", "of": "math", "size": 1}),
            ("problems.sbs", {"source": "gsm_sbs"}),
            ("traces.worked", {"kind": "solutions", "problems": "few", "tokenizer": "base"}),
            ("traces.digits", {"kind": "solutions", "problems": "sbs"}),
            ("traces.mine", {"kind": "rows", "path": str(files[0])}),
            ("traces.both", {"kind": "mix", "parts": {"mine": 1, "worked": 3}, "size": 8}),
        )
    )
    problems = spec_of(graph, "problems/math", MakeProblemsSpec)
    worked, digits, mine = (spec_of(graph, f"traces/{name}", ReadTracesSpec) for name in ("worked", "digits", "mine"))
    assert worked.outside == problems.outside != mine.outside
    assert None not in (problems.outside, mine.outside)
    assert digits.outside is None
    assert graph.jobs["traces/worked"].reads == {
        "raw": [str(raw)],
        "problems": ["results/small/problems/few.parquet"],
        "tokenizer": ["results/small/models/base/model.json"],
    }
    digits_read = {"raw": [], "problems": ["results/small/problems/sbs.parquet"], "tokenizer": []}
    assert graph.jobs["traces/digits"].reads == digits_read
    assert graph.jobs["traces/mine"].reads == {"raw": [str(files[0])], "problems": [], "tokenizer": []}
    parts = ["results/small/traces/mine.jsonl", "results/small/traces/worked.jsonl"]
    assert graph.jobs["traces/both"].reads == {"parts": parts}
    modules = ("gradus.traces.sources.solutions", "gradus.problems.sources.math")
    assert graph.jobs["traces/worked"].modules == modules
    assert (worked.of or {})["split"] == "train"
    assert graph.jobs["traces/digits"].modules[1] == "gradus.problems.sources.gsm_sbs"
    assert spec_of(graph, "traces/both", MixTracesSpec).parts == [("mine", 1.0), ("worked", 3.0)]


def test_a_set_of_the_hub_is_fetched_at_its_pin(tmp_path: Path) -> None:
    made = study(tmp_path, ("traces.long", {"kind": "openr1", "max_characters": 4000}))
    unpinned = spec_of(Graph(made), "hub/traces/long", FetchDataSpec)
    assert unpinned.model_dump() == {"repo": "open-r1/OpenR1-Math-220k", "revision": None, "files": {}}
    names = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "extended/train-0.parquet"]
    pin = Pin("a" * 40, {name: PinnedFile(3, "sha256", "b" * 64) for name in names})
    graph = Graph(made, {Repo("dataset", "open-r1/OpenR1-Math-220k"): pin})
    assert sorted(spec_of(graph, "hub/traces/long", FetchDataSpec).files) == names[:2]
    pinned = Pinned(repo="open-r1/OpenR1-Math-220k", revision="a" * 40)
    assert spec_of(graph, "traces/long", ReadTracesSpec).hub == pinned
    assert graph.jobs["traces/long"].reads["raw"] == ["results/small/hub/traces/long"]


def test_an_experiments_own_right_answers_are_traces_round_by_round(tmp_path: Path) -> None:
    rounds = [
        ("traces.round_1", DISTILLED | {"teacher": "sft"}),
        ("experiments.sft_1", {"from": "sft", "stage": "sft", "traces": ["round_1"]}),
        ("traces.round_2", DISTILLED | {"teacher": "sft_1"}),
        ("experiments.sft_2", {"from": "sft_1", "stage": "sft", "traces": ["round_2"]}),
    ]
    graph = Graph(study(tmp_path, *rounds, ("seeds", 2)))
    written = graph.jobs["traces/round_2.completions"]
    assert written.settings.weights.adapter == "sft_1", "the first of its training runs"
    assert written.reads["weights"] == [f"results/small/models/{name}/model.json" for name in ("base", "sft_1")]
    for run in ("sft_2", "sft_2.seed-1"):
        assert graph.jobs[f"models/{run}"].reads["traces"] == ["results/small/traces/round_2.jsonl"]
    with pytest.raises(GradusError, match="sft_1 -> sft_2 -> sft_1 is a circle; name another teacher"):
        study(tmp_path, *rounds, ("traces.round_1.teacher", "sft_2"))
