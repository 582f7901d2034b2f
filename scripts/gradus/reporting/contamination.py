"""Problems in common between what was trained on and what was measured on, with both texts."""

from collections import Counter
from typing import TypedDict

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs, SharedProblem

MOST_PAIRS = 40
"""Pairs whose texts are shown, of training sets and of benchmarks each; all are in contamination.csv."""
SHOWN_CHARACTERS = 1500

POLICIES = {
    "fail": "A training set that holds one stops the build.",
    "drop": "The rows that hold one were left out of training.",
    "report": "Training went on with them.",
}
NEAR_POLICIES = {
    "fail": "A near copy (a word, a name, a variable changed) stops the build too.",
    "drop": "Rows with near copies (a word, a name, a variable changed) were left out of training.",
    "report": "Near copies (a word, a name, a variable changed) are listed only.",
    "ignore": "Near copies were not looked for.",
}

KINDS = {"problems": "problems", "traces": "traces", "corpora": "pretraining", "texts": "text to pretrain on"}


class SetView(TypedDict):
    """A training set, and which benchmark problems it holds."""

    name: str
    kind: str
    rows: str
    overlapping: str
    near: str
    benchmarks: str


class PairView(TypedDict):
    """A benchmark problem and its copy: where both are, and their texts."""

    kind: str
    ours: str
    theirs: str
    problem: str
    other_problem: str


class PairGroup(TypedDict):
    """Pairs under a title: how many there are, and how many are shown."""

    title: str
    total: str
    shown: str
    all: bool
    pairs: list[PairView]


class ContaminationView(TypedDict):
    """What was searched and how; `shared`: what benchmarks have in common."""

    policy: str
    shares: list[str]
    rows: list[SetView]
    shared: list[str]
    groups: list[PairGroup]


def section(inputs: ReportInputs) -> ContaminationView | None:
    """What was compared, and the pairs that were found, those in training sets first; None where nothing was."""
    found = inputs.contamination
    if found is None:
        return None
    rows: list[SetView] = [
        {
            "name": entry["set"],
            "kind": KINDS[entry["kind"]],
            "rows": formats.count(entry["rows"]),
            "overlapping": formats.count(entry["overlapping"]),
            "near": formats.count(entry["near"]),
            "benchmarks": ", ".join(f"{formats.count(n)} of {name}" for name, n in entry["benchmarks"].items()),
        }
        for entry in found["training"]
    ]
    training = [pair for pair in found["pairs"] if pair["other_kind"] != "benchmark"]
    shared = [pair for pair in found["pairs"] if pair["other_kind"] == "benchmark"]
    groups = [("In training sets", training), ("Between benchmarks", shared)]
    return {
        "policy": f"{POLICIES[found['policy']]} {NEAR_POLICIES[found['near']]}",
        "shares": [
            f"{formats.percent(share, 0)} of its {n}-grams"
            for n, share in sorted(found["shares"].items(), key=lambda item: -int(item[0]))
        ],
        "rows": rows,
        "shared": [
            f"{formats.count(n)} of {a} in {b}"
            for (a, b), n in Counter((pair["benchmark"], pair["other"]) for pair in shared).items()
        ],
        "groups": [
            {
                "title": title,
                "total": formats.count(len(pairs)),
                "shown": formats.count(min(len(pairs), MOST_PAIRS)),
                "all": len(pairs) <= MOST_PAIRS,
                "pairs": [_pair(pair) for pair in pairs[:MOST_PAIRS]],
            }
            for title, pairs in groups
            if pairs
        ],
    }


def _pair(pair: SharedProblem) -> PairView:
    share = formats.percent(pair["share"], 0)
    kinds = {"exact": "the same text", "near": f"nearly the same text: {share} of its words and numbers"}
    return {
        "kind": kinds.get(pair["kind"], f"{share} of the {pair['kind']}s"),
        "ours": f"{pair['benchmark']}, {pair['id']}",
        "theirs": f"{pair['other']}, row {pair['other_row']}, {pair['other_id']}",
        "problem": formats.clip(pair["problem"], SHOWN_CHARACTERS)[0],
        "other_problem": formats.clip(pair["other_problem"], SHOWN_CHARACTERS)[0],
    }
