"""Paired differences between two experiments, as the comparisons table has them."""

from dataclasses import dataclass, replace

from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.findings import Star, State, is_shown, star_of, state_of
from gradus.evaluation.questions import DECLARED
from gradus.reporting.cells import trained_once
from gradus.reporting.inputs import ReportInputs
from gradus.specs.evaluation import Role

ROLES: tuple[Role, ...] = ("primary", "pair", "parent", "baseline")


@dataclass(frozen=True)
class Difference:
    """Accuracy of `b` minus accuracy of `a` on the same `n` questions; p is adjusted for the number of comparisons.

    `single`: a side was trained, and trained once. `detectable`: the true difference that this test finds 4 times in 5;
    `margin`, `equivalence_p`: of the test that the two differ by less than the margin. `question`: what the study asks
    of them, if anything. Differences are shares.
    """

    a: str
    b: str
    benchmark: str
    role: Role
    n: int
    accuracy_a: float
    accuracy_b: float
    delta: float
    low: float
    high: float
    p: float | None
    p_adjusted: float | None
    single: bool = False
    detectable: float | None = None
    margin: float | None = None
    equivalence_p: float | None = None
    question: str = ""

    @property
    def significant(self) -> bool:
        return is_shown(self.p_adjusted)

    @property
    def state(self) -> State:
        return state_of(self.p_adjusted, self.low, self.high)

    @property
    def equivalent(self) -> bool:
        return is_shown(self.equivalence_p)

    @property
    def star(self) -> Star:
        return star_of(self.significant, self.single)

    def turned(self) -> "Difference":
        """The same comparison read from the other side."""
        return replace(
            self,
            a=self.b,
            b=self.a,
            accuracy_a=self.accuracy_b,
            accuracy_b=self.accuracy_a,
            delta=-self.delta,
            low=-self.high,
            high=-self.low,
        )


def differences(inputs: ReportInputs) -> list[Difference]:
    """All comparisons in the table's order, each with the baseline as `a` where it is part of it."""
    found = [_difference(inputs, row) for row in inputs.comparisons]
    return [d.turned() if d.b == inputs.baseline["name"] else d for d in found]


def declared(inputs: ReportInputs) -> list[Difference]:
    """The comparisons that the study declares, the primary one first, else in the table's order."""
    return sorted((d for d in differences(inputs) if d.role in DECLARED), key=lambda d: ROLES.index(d.role))


def against_baseline(inputs: ReportInputs, experiment: str, benchmark: str) -> Difference | None:
    """The comparison of one experiment with the baseline on one benchmark, if there is one."""
    wanted = (inputs.baseline["name"], experiment, benchmark)
    return next((d for d in differences(inputs) if (d.a, d.b, d.benchmark) == wanted), None)


def _difference(inputs: ReportInputs, row: Comparison) -> Difference:
    return Difference(
        a=row["a"],
        b=row["b"],
        benchmark=row["benchmark"],
        role=row["role"],
        n=row["n"],
        accuracy_a=row["accuracy_a"],
        accuracy_b=row["accuracy_b"],
        delta=row["delta"],
        low=row["ci95_lo"],
        high=row["ci95_hi"],
        p=row["p"],
        p_adjusted=row["p_adjusted"],
        single=any(_trained_once(inputs, name, row["benchmark"]) for name in (row["a"], row["b"])),
        detectable=row["detectable"],
        margin=row["margin"],
        equivalence_p=row["equivalence_p"],
        question=row["question"],
    )


def _trained_once(inputs: ReportInputs, name: str, benchmark: str) -> bool:
    entries = [entry for entry in inputs.experiments if entry["name"] == name and benchmark in entry["cells"]]
    return any(trained_once(entry, entry["cells"][benchmark]) for entry in entries)
