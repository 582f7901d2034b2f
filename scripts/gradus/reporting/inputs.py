"""What a report is made of: plain loaded data, and the types of its parts."""

from dataclasses import dataclass, field
from typing import Any, TypedDict

from gradus.reporting.ledger import LedgerRow


class Sample(TypedDict):
    """One greedy completion with its verdict. `correct` is None where the grader could not tell."""

    id: str
    text: str
    tokens: int
    finish_reason: str
    answer: str | None
    correct: bool | None


class Problem(TypedDict):
    """One problem of a benchmark."""

    id: str
    problem: str
    answer: str
    level: int | None
    subject: str | None


@dataclass(frozen=True)
class ReportInputs:
    """Everything the page shows. Only `ablation` is needed: a part that is empty leaves its section out.

    Keys are names as the study gives them; `cells` are (experiment, benchmark). Dicts keep the order they are given in.
    """

    ablation: dict[str, Any]
    comparisons: list[dict[str, Any]] = field(default_factory=list)
    votes: list[dict[str, Any]] = field(default_factory=list)
    second_opinion: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    traces: dict[str, dict[str, Any]] = field(default_factory=dict)
    lengths: dict[str, dict[str, Any]] = field(default_factory=dict)
    evals: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    contamination: dict[str, Any] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)
    title: str = ""

    @property
    def study(self) -> str:
        return str(self.ablation["study"])

    @property
    def benchmarks(self) -> list[dict[str, Any]]:
        return self.ablation["benchmarks"]

    @property
    def experiments(self) -> list[dict[str, Any]]:
        return self.ablation["experiments"]

    @property
    def baseline(self) -> dict[str, Any]:
        """The experiment that the others are measured against: named by the table, else its first row."""
        named = self.ablation.get("baseline")
        return next((entry for entry in self.experiments if entry["name"] == named), self.experiments[0])

    def title_of(self, name: str) -> str:
        """The display title of an experiment or benchmark; its name where it has none."""
        for entry in [*self.experiments, *self.benchmarks]:
            if entry["name"] == name:
                return str(entry.get("title") or name)
        return name
