"""Trace sets in a study: mistakes found while planning, the files of each kind, and what their jobs are told."""

from pathlib import Path
from typing import Any

import pytest

from gradus.hub.lock import Pin, PinnedFile, Repo
from gradus.provenance.errors import GradusError
from gradus.study.plan import Plan
from study.made_study import study

DISTILLED = {"kind": "distilled", "teacher": "teacher", "problems": "train"}
HERE = {"kind": "rows", "path": __file__}


@pytest.mark.parametrize(
    ("traces", "told"),
    [
        ({**DISTILLED, "problems": ["train", "nowhere"]}, "x.problems: there is no problem set 'nowhere'"),
        ({**DISTILLED, "problems": []}, "x.problems: name one problem set or more"),
        ({"kind": "solutions", "problems": "nowhere"}, "x.problems: there is no problem set 'nowhere'"),
        (
            {"kind": "solutions", "problems": "train"},
            "x.problems: pocket has no worked solutions; sets of gsm8k, gsm_sbs, ",
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
    with pytest.raises(GradusError) as caught:
        study(tmp_path, ("traces.x", traces))
    assert f"traces.{told}" in str(caught.value)


def test_several_problem_sets_are_asked_and_judged_together(tmp_path: Path) -> None:
    plan = Plan(study(tmp_path, ("problems.more", {"source": "pocket"}), ("traces.custom.problems", ["train", "more"])))
    files = [f"results/small/problems/{name}.parquet" for name in ("train", "more")]
    assert plan.trace_problems("custom") == files
    assert plan.specs["traces/custom.json"]["settings"]["sets"] == ["train", "more"]
    one = Plan(study(tmp_path, ("traces.custom.problems", ["train"])))
    assert one.specs == Plan(study(tmp_path)).specs


def test_the_files_of_each_kind(tmp_path: Path) -> None:
    raw = tmp_path / "MATH"
    files = [raw / "train/algebra/1.json", raw / "train/algebra/2.json"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}", encoding="utf-8")
    plan = Plan(
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
    assert (plan.raw_traces("worked"), plan.made([str(raw)])) == ([str(raw)], [])
    read = {name: spec["settings"]["outside"] for name, spec in plan.specs.items() if "outside" in spec["settings"]}
    assert sorted(read) == ["problems/math.json", "traces/mine.json", "traces/worked.json"]
    assert read["traces/worked.json"] == read["problems/math.json"] != read["traces/mine.json"]
    assert plan.trace_problems("worked") == ["results/small/problems/few.parquet"]
    assert plan.trace_tokenizer("worked") == ["results/small/models/base/tokenizer.json"]
    assert (plan.raw_traces("digits"), plan.trace_tokenizer("digits")) == ([], [])
    assert (plan.raw_traces("mine"), plan.trace_problems("mine")) == ([str(files[0])], [])
    assert plan.mixed_traces("both") == ["results/small/traces/mine.jsonl", "results/small/traces/worked.jsonl"]
    spec = plan.specs["traces/worked.json"]
    assert spec["modules"] == ["gradus.traces.sources.solutions", "gradus.problems.sources.math"]
    assert spec["settings"]["of"]["split"] == "train"
    assert plan.specs["traces/digits.json"]["modules"][1] == "gradus.problems.sources.gsm_sbs"
    assert plan.specs["traces/both.json"]["settings"]["parts"] == [["mine", 1.0], ["worked", 3.0]]


def test_a_set_of_the_hub_is_fetched_at_its_pin(tmp_path: Path) -> None:
    made = study(tmp_path, ("traces.long", {"kind": "openr1", "max_characters": 4000}))
    unpinned = Plan(made).specs["hub/traces/long.json"]["settings"]
    assert unpinned == {"repo": "open-r1/OpenR1-Math-220k", "revision": None, "files": {}}
    names = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "extended/train-0.parquet"]
    pin = Pin("a" * 40, {name: PinnedFile(3, "sha256", "b" * 64) for name in names})
    plan = Plan(made, {Repo("dataset", "open-r1/OpenR1-Math-220k"): pin})
    assert sorted(plan.specs["hub/traces/long.json"]["settings"]["files"]) == names[:2]
    hub = {"repo": "open-r1/OpenR1-Math-220k", "revision": "a" * 40}
    assert plan.specs["traces/long.json"]["settings"]["hub"] == hub
    assert plan.made(plan.raw_traces("long")) == plan.raw_traces("long") == ["results/small/hub/traces/long"]
    assert plan.specs["hub/pins.json"]["settings"]["repos"] == [["dataset", "open-r1/OpenR1-Math-220k"]]
