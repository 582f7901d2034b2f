"""How many rows and tokens the jobs of a study read, sample and train on at Tinker, against values by hand."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from estimates.tinker_plan import PROMPT, planned, work_of_jobs
from gradus.estimates.counts import problem_count, trace_count
from gradus.estimates.tokens import Tokens, Work
from gradus.graph.graph import study_specs
from gradus.provenance.files import sha256_file, write_json
from study.tinker_study import TEXT

pytestmark = pytest.mark.usefixtures("folder")

SETS = """\
  hard: {source: math, split: train, levels: [4, 5]}
  math500: {source: math500, drop: [a, b]}
  some: {source: subset, of: hard, levels: [5]}
  few: {source: subset, of: hard, size: 100}
  olympiad: {source: olympiadbench, answer_types: [numerical]}
  gsm: {source: gsm8k, split: train}
  other: {source: gsm8k, split: test, expect_rows: 7}
  probes: {source: arithmetic_probes, products: 10, sums: 5}
"""


def test_known_numbers_of_published_sets_and_what_filters_leave() -> None:
    graph = planned(TEXT.replace("  test: ", SETS + "  test: "))
    names = ("train", "hard", "math500", "some", "few", "olympiad", "gsm", "other", "probes")
    counts = [problem_count(study_specs(graph), name) for name in names]
    assert counts == [50, 3994, 498, 2304, 100, 572, 7473, 7, 96]


def test_a_set_that_is_made_is_counted_unless_its_settings_changed() -> None:
    graph = planned()
    root = Path(graph.root)
    (root / "problems").mkdir()
    pq.write_table(pa.table({"id": ["a", "b", "c"]}), root / "problems/train.parquet")
    entry = {"spec": sha256_file(root / "specs/problems/train.json"), "wall_seconds": 1.0}
    write_json(root / "ledger/problems/train.json", entry)
    assert problem_count(study_specs(graph), "train") == 3
    (root / "problems/train.parquet").write_text("{")
    assert problem_count(study_specs(graph), "train") == 50
    changed = planned(problems={"train": {"size": 60}})
    assert problem_count(study_specs(changed), "train") == 60


@pytest.mark.parametrize("torn", ["ledger", "specs"])
def test_a_set_with_a_torn_record_is_counted_by_its_settings(torn: str) -> None:
    graph = planned()
    root = Path(graph.root)
    write_json(root / "ledger/problems/train.json", {"spec": "0" * 64, "wall_seconds": 1.0})
    (root / torn / "problems/train.json").write_text("{", encoding="utf-8")
    assert problem_count(study_specs(graph), "train") == 50


def test_traces_are_at_most_one_a_problem_unless_all_are_kept() -> None:
    more = """\
  all: {kind: distilled, teacher: teacher, problems: [train, test], samples: 4, filter: {keep: all}}
  public: {kind: pocket_public, size: 30}
  mixed: {kind: mix, parts: {custom: 1, public: 1}}
  cut: {kind: mix, parts: {custom: 1, public: 1}, size: 12}
  r1: {kind: openr1}
  chat: {kind: tulu3, size: 9}
  mine: {kind: rows, repo: me/mine}
"""
    graph = planned(TEXT.replace("benchmarks:\n", more + "benchmarks:\n"))
    names = ("custom", "all", "public", "mixed", "cut", "r1", "chat", "mine")
    assert [trace_count(study_specs(graph), name) for name in names] == [
        50,
        280,
        30,
        80,
        12,
        93733,
        9,
        None,
    ]


def test_samples_read_a_prompt_once_and_sample_half_of_what_they_may() -> None:
    works = work_of_jobs(planned())
    assert works["samples/baseline/easy"] == Work(Tokens(20 * PROMPT, 20 * 48), Tokens(20 * PROMPT, 20 * 96))
    votes = works["samples/rl/easy.votes"]
    assert votes == Work(Tokens(20 * PROMPT, 20 * 8 * 48), Tokens(20 * PROMPT, 20 * 8 * 96))
    asked = works["traces/custom.completions"]
    assert asked == Work(Tokens(50 * PROMPT, 50 * 4 * 48), Tokens(50 * PROMPT, 50 * 4 * 96))
    assert "samples/here/easy" not in works


def test_votes_on_some_problems_cost_their_part() -> None:
    works = work_of_jobs(planned(votes={"problems": 6}))
    assert works["samples/rl/easy.votes"] == Work(Tokens(6 * PROMPT, 6 * 8 * 48), Tokens(6 * PROMPT, 6 * 8 * 96))
    assert works["samples/rl/easy"] == Work(Tokens(20 * PROMPT, 20 * 48), Tokens(20 * PROMPT, 20 * 96))
    many = work_of_jobs(planned(votes={"problems": 600}))
    assert many["samples/rl/easy.votes"] == Work(Tokens(20 * PROMPT, 20 * 8 * 48), Tokens(20 * PROMPT, 20 * 8 * 96))


def test_votes_on_some_problems_of_a_subset_are_planned() -> None:
    text = TEXT.replace("  test: {source", "  all: {source")
    text = text.replace("sampling:", "  test: {source: subset, of: all, size: 9}\nsampling:", 1)
    works = work_of_jobs(planned(text, votes={"problems": 6}))
    assert works["samples/rl/easy.votes"] == Work(Tokens(6 * PROMPT, 6 * 8 * 48), Tokens(6 * PROMPT, 6 * 8 * 96))


def test_what_is_around_a_problem_is_read_too() -> None:
    prompt = {"system": "x" * 30, "few_shot": ["short"], "suffix": "y" * 9}
    graph = planned(prompt=prompt, exchanges={"short": {"user": "u" * 20, "assistant": "v" * 22}})
    # 30 + 20 + 22 characters and the suffix after both questions, at 3 characters a token.
    longer = PROMPT + (30 + 20 + 22 + 2 * 9) // 3
    assert work_of_jobs(graph)["samples/baseline/easy"] == Work(
        Tokens(20 * longer, 20 * 48), Tokens(20 * longer, 20 * 96)
    )


def test_rl_reads_samples_and_trains_on_its_rollouts_and_a_reference_reads_them() -> None:
    changed = {"rl": {"steps": 10, "batch_size": 4, "group_size": 8, "updates_per_batch": 2, "kl_coef": 0.1}}
    rollouts = 10 * 4 * 8

    def tokens(completion: int) -> Tokens:
        return Tokens(
            prefill=40 * PROMPT + rollouts * (PROMPT + completion),
            sample=rollouts * completion + rollouts,
            train=2 * rollouts * (PROMPT + completion),
        )

    graph = planned(experiments=changed | {"early": None})
    assert work_of_jobs(graph)["models/rl"] == Work(tokens(48), tokens(96))


@pytest.mark.parametrize(("kl_coef", "temperature", "passes"), [(0, 1.0, 0), (0.1, 1.0, 1), (0, 0.7, 1), (0.1, 0.7, 2)])
def test_rl_at_another_temperature_reads_its_rollouts_once_more(
    kl_coef: float, temperature: float, passes: int
) -> None:
    settings = {"steps": 10, "batch_size": 4, "group_size": 8, "kl_coef": kl_coef, "temperature": temperature}
    work = work_of_jobs(planned(experiments={"rl": settings | {"kl_guard": None}, "early": None}))["models/rl"]
    for tokens, completion in ((work.expected, 48), (work.most, 96)):
        assert tokens.prefill == 40 * PROMPT + passes * 320 * (PROMPT + completion)
        assert tokens.sample == 320 * completion + passes * 320


def test_rl_that_measures_itself_and_draws_again() -> None:
    settings = {"steps": 10, "batch_size": 4, "group_size": 8, "kl_coef": 0, "kl_guard": None}
    settings |= {"dynamic_sampling": True, "max_resamples": 2, "held_out": "test", "checkpoint_every": 5}
    work = work_of_jobs(planned(experiments={"rl": settings, "early": None}))["models/rl"]
    # 40 groups of 8; 20 held-out problems after 5 and after 10 steps.
    expected = Tokens(40 * PROMPT + 40 * PROMPT, 320 * 48 + 40 * 48, 320 * (PROMPT + 48))
    most = Tokens(3 * 40 * PROMPT + 40 * PROMPT, 3 * 320 * 96 + 40 * 96, 320 * (PROMPT + 96))
    assert work == Work(expected, most)


def test_sft_trains_on_every_trace_in_every_epoch() -> None:
    graph = planned()
    sft = work_of_jobs(graph)["models/sft"]
    # 50 traces of a prompt and half of 96 tokens, 3 epochs; at most max_length = 192 each.
    assert sft == Work(Tokens(train=3 * 50 * (PROMPT + 48)), Tokens(train=3 * 50 * 192))
    root = Path(graph.root)
    every = {"rows": 40, "tokens": {"median": 60.5, "p95": 90, "max": 300}}
    write_json(root / "lengths/sft.json", {"all": every, "sets": {"custom": every}, "max_length": 90})
    entry = {"spec": sha256_file(root / "specs/lengths/sft.json"), "wall_seconds": 1.0}
    write_json(root / "ledger/lengths/sft.json", entry)
    assert work_of_jobs(graph)["models/sft"] == Work(Tokens(train=7260), Tokens(train=3 * 40 * 192))
    # A percentile of measured traces is what it is; before it is measured, 1,024 tokens.
    by_percentile = planned(experiments={"sft": {"max_length": "p95"}})
    assert work_of_jobs(by_percentile)["models/sft"].most == Tokens(train=3 * 50 * 1024)
    entry["spec"] = sha256_file(root / "specs/lengths/sft.json")
    write_json(root / "ledger/lengths/sft.json", entry)
    assert work_of_jobs(by_percentile)["models/sft"].most == Tokens(train=3 * 40 * 90)
    graph = planned()
    (root / "lengths/sft.json").write_text('{"all": ', encoding="utf-8")  # torn: as if it were not measured
    assert work_of_jobs(graph)["models/sft"] == sft


def test_sft_pays_for_what_it_learns_and_measures_and_not_for_what_it_drops() -> None:
    changed = {"epochs": 3, "batch_size": 8, "drop_last": True, "evaluate_every": 3, "held_out_share": 0.1}
    work = work_of_jobs(planned(experiments={"sft": changed}))["models/sft"]
    # 6 steps of 8 of the 50 traces an epoch; a tenth of them read after steps 3, 9 and 15 besides each end of an epoch.
    assert work.expected == Tokens(train=(3 * 48 + 3 * 5) * (PROMPT + 48))
