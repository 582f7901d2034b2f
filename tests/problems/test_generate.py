import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from gradus.problems.pocket.chain import Chain
from gradus.problems.pocket.corpus import documents, public_traces
from gradus.problems.pocket.generate import generate_problems
from gradus.problems.pocket.reading import read_chain
from gradus.problems.pocket.solutions import public_style, worked
from gradus.problems.pocket.splits import SPLITS, check_disjoint, in_split, part_of
from gradus.provenance.errors import GradusError

LEVELS = (1, 2, 3, 4, 5)
FLAWS = {"early": 0.65, "slip": 0.2, "no_box": 0.15}


def generated(**changes):
    settings = {"name": "set", "split": "train", "size": 40, "levels": LEVELS, "family": "familiar", "seed": 0}
    return generate_problems(**(settings | changes))


@pytest.fixture(scope="module")
def sets():
    return {
        "train": generated(name="train", size=1000),
        "pocket500": generated(name="pocket500", split="evaluation/main", size=500),
        "pocket30": generated(name="pocket30", split="evaluation/small", size=30),
        "reworded": generated(name="reworded", split="evaluation/reworded", family="reworded", size=200),
        "longer": generated(name="longer", split="evaluation/main", levels=(6, 7), size=100),
    }


def test_ids_levels_subjects_and_answers(sets):
    problems = sets["pocket500"]
    assert [problem.id for problem in problems[:2]] == ["pocket500-0000", "pocket500-0001"]
    assert Counter(problem.level for problem in problems) == dict.fromkeys(LEVELS, 100)
    assert problems[1].subject == "two steps"
    for problem in problems:
        chain = read_chain(problem.problem)
        assert len(chain.steps) == problem.level
        assert str(chain.answer) == problem.answer
        assert problem.source == "pocket"


def test_texts_and_chains_are_unique_while_there_are_chains(sets):
    for name, problems in sets.items():
        assert len({problem.problem for problem in problems}) == len(problems), name
        keys = [read_chain(problem.problem).key for problem in problems if problem.level > 1]
        assert len(set(keys)) == len(keys), name
    # One step has few chains: all are used, and evenly.
    uses = Counter(read_chain(p.problem).key for p in sets["pocket500"] if p.level == 1)
    assert len(uses) >= 20
    assert max(uses.values()) - min(uses.values()) <= 1


def test_sets_of_different_splits_share_no_chain(sets):
    check_disjoint(sets)
    parts = {"train": "train", "pocket500": "evaluation/main", "pocket30": "evaluation/small"}
    for name, part in parts.items():
        assert {part_of(read_chain(problem.problem)) for problem in sets[name]} == {part}


def test_a_shared_chain_is_named_even_in_other_words(sets):
    other = generated(name="other", split="evaluation/main", family="public", levels=(1,), size=50, seed=9)
    with pytest.raises(GradusError, match=r"'other', row \d+ \(other-\d+\) .* of set 'pocket500', row \d+"):
        check_disjoint({"pocket500": sets["pocket500"], "other": other})


def test_shares_of_the_splits():
    chains = [Chain(start, (("+", one), ("-", two))) for start in range(40) for one in range(20) for two in range(20)]
    parts = Counter(map(part_of, chains))
    assert set(parts) == {"train", "evaluation/main", "evaluation/small", "evaluation/reworded"}
    assert parts["train"] / len(chains) == pytest.approx(0.90, abs=0.01)
    assert parts["evaluation/main"] / (len(chains) - parts["train"]) == pytest.approx(0.60, abs=0.03)
    # The hash is a contract: a chain that changes sides would put old benchmarks into new training sets.
    assert {part: part_of(chain) for part, chain in PINNED.items()} == {part: part for part in PINNED}
    assert all(in_split(chain, "evaluation") != in_split(chain, "train") for chain in chains[:500])


PINNED = {
    "train": Chain(2, (("+", 2), ("-", 2))),
    "evaluation/main": Chain(2, (("+", 3), ("-", 2))),
    "evaluation/small": Chain(17, (("+", 12), ("-", 2))),
    "evaluation/reworded": Chain(5, (("+", 20), ("-", 2))),
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "test"}, f"'test' is unknown; choose one of {', '.join(SPLITS)}"),
        ({"levels": (1, 9)}, "not all known"),
        ({"levels": ()}, "not all known"),
        ({"family": "odd"}, "'odd' is unknown"),
    ],
)
def test_wrong_settings_are_named(changes, message):
    with pytest.raises(GradusError, match=message):
        generated(**changes)


def test_same_seed_same_set_in_any_process():
    script = (
        "import sys; from gradus.problems.pocket.generate import generate_problems as g;"
        "from gradus.problems.pocket.corpus import documents as d;"
        "print(g(name='s', split='evaluation', size=9, levels=(1, 3), family='familiar', seed=4)[-1].problem);"
        "print(repr(list(d(5, 4, flawed_share=[0.5] * 5, flaws={'slip': 1.0}))))"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")}
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=environment | {"PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert generated(seed=1) == generated(seed=1) != generated(seed=2)


def test_the_order_of_the_flaws_changes_no_document():
    """A spec has its keys sorted, the settings that read it have them as they are declared."""
    orders = [FLAWS, dict(sorted(FLAWS.items())), dict(sorted(FLAWS.items(), reverse=True))]
    first, *others = [list(documents(200, 0, flawed_share=[0.7] * 5, flaws=flaws)) for flaws in orders]
    assert all(other == first for other in others)


def test_documents_have_the_declared_flaws_and_the_train_split():
    # CPU time, not wall time: other jobs may share the machine. 30,000 take about 0.4 s.
    begin = time.process_time()
    rows = list(documents(30_000, 0, flawed_share=[0.7] * 5, flaws=FLAWS))
    assert time.process_time() - begin < 4
    kinds = Counter()
    for text, solution in rows[:4000]:
        chain = read_chain(text)
        assert part_of(chain) == "train"
        if solution == worked(chain):
            kinds["right"] += 1
        elif "boxed" not in solution:
            kinds["no_box"] += 1
        elif len(chain.steps) > 1:
            kinds["early" if solution.count("\n") < len(chain.steps) else "slip"] += 1
    assert kinds["right"] / 4000 == pytest.approx(0.3, abs=0.03)
    assert kinds["no_box"] / 4000 == pytest.approx(0.7 * 0.15, abs=0.02)
    # Four of five levels have more than one step.
    assert kinds["early"] / 4000 == pytest.approx(0.7 * 0.65 * 0.8, abs=0.03)
    assert kinds["slip"] / 4000 == pytest.approx(0.7 * 0.2 * 0.8, abs=0.02)


@pytest.mark.parametrize(("share", "flaws"), [(1.5, FLAWS), (0.5, {"late": 1}), (0.5, {}), (0.5, {"slip": -1})])
def test_wrong_flaws_are_refused_before_the_first_document(share, flaws):
    with pytest.raises(GradusError, match="flaw"):
        documents(1, 0, flawed_share=[share] * 5, flaws=flaws)


def test_public_traces():
    traces = public_traces(30, 0, (1, 2, 3))
    assert len({problem.problem for problem, _ in traces}) == 30
    for problem, solution in traces:
        chain = read_chain(problem.problem)
        assert part_of(chain) == "train"
        assert solution in {public_style(chain, items) for items in problem.problem.replace(".", "").split()}
        assert solution.endswith(f"\\boxed{{{problem.answer}}}.")
