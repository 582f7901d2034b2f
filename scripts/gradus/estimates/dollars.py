"""What the jobs of a study cost at Tinker, as a table for a terminal and as lines after a dry-run."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from gradus.estimates.build_time import counted
from gradus.estimates.columns import aligned
from gradus.estimates.study_specs import StudySpecs
from gradus.estimates.tokens import Tokens, Work, has_other_model, read_by_reference, runs_there, work_of
from gradus.specs.service import ServiceFile
from gradus.tinker.prices import MILLION, dollars
from gradus.tinker.spending import read_spending


@dataclass(frozen=True)
class Cost:
    """A job, or several of one name. `work` None: not known yet; dollars None: not known, or without a price."""

    name: str
    model: str
    jobs: int
    work: Work | None
    expected: float | None
    most: float | None


def costs_of(study: StudySpecs, service: ServiceFile) -> list[Cost]:
    """The jobs that run there, in the order of the specs; `service` is what planning wrote as service.json."""
    costs = []
    for spec in filter(runs_there, study):
        work = work_of(study, spec, service.expected_share)
        costs.append(_cost(spec.name, spec.settings.service.model, 1, work, service))
        if has_other_model(spec.settings):
            work = read_by_reference(study, spec, service.expected_share)
            costs.append(_cost(f"{spec.name}, scoring", spec.settings.reference_service.model, 0, work, service))
    return costs


def _cost(name: str, model: str, jobs: int, work: Work | None, service: ServiceFile) -> Cost:
    price = service.prices.get(model)
    if price is None or work is None:
        return Cost(name, model, jobs, work, None, None)
    return Cost(name, model, jobs, work, *(dollars(price, **asdict(tokens)) for tokens in (work.expected, work.most)))


def total(costs: list[Cost], name: str = "total") -> Cost:
    """The sum of what is known."""
    models = {cost.model for cost in costs}
    return Cost(
        name,
        models.pop() if len(models) == 1 else "",
        sum(cost.jobs for cost in costs),
        work_together(costs),
        sum(cost.expected or 0.0 for cost in costs),
        sum(cost.most or 0.0 for cost in costs),
    )


def work_together(costs: list[Cost]) -> Work:
    """The tokens of those that are known."""
    works = [cost.work for cost in costs if cost.work is not None]
    return Work(sum((work.expected for work in works), Tokens()), sum((work.most for work in works), Tokens()))


def last_lines(study: StudySpecs, service: ServiceFile | None) -> list[str]:
    """What a dry-run ends with: tokens and dollars of the whole study, and which of its models are no more."""
    if service is None:
        return []
    costs = costs_of(study, service)
    whole, work = total(costs), work_together(costs)
    tokens = f"{_millions(work.expected.total)} million tokens expected, {_millions(work.most.total)} at most"
    jobs, money = counted(whole.jobs, "job"), _money(whole, study.results, service)
    return [f"Tinker, the {jobs} of the whole study: {tokens}; {money}", *notes(costs, service)]


def as_text(study: StudySpecs, service: ServiceFile) -> str:
    """The table: tokens as expected, dollars as expected and at most."""
    costs = costs_of(study, service)
    head = ["job on Tinker", "model", "prefill", "sample", "train", "expected $", "at most $"]
    lines = [head, *(_cells(cost) for cost in [*folded(costs), total(costs)])]
    assumed = (
        f"Tokens in millions, as expected: completions of {service.expected_share:.0%} of max_tokens "
        "(tinker.expected_share), every rollout trained on. At most: all of max_tokens, longer prompts."
    )
    whole = total(costs)
    said = [assumed, f"{_money(whole, study.results, service)}.", *notes(costs, service)]
    return "\n".join([*aligned(lines, words=2), "", *said, ""])


def folded(costs: list[Cost]) -> list[Cost]:
    """One row for all samples of an experiment."""
    groups: dict[tuple[str, str], list[Cost]] = {}
    for cost in costs:
        group = cost.name.rpartition("/")[0]
        groups.setdefault((group if group.count("/") else cost.name, cost.model), []).append(cost)
    return [
        found[0] if len(found) == 1 else total(found, f"{name} ({len(found)} jobs)")
        for (name, _), found in groups.items()
    ]


def notes(costs: list[Cost], service: ServiceFile) -> Iterator[str]:
    """What the sums leave out, and what the service offers no more."""
    unknown = [cost.name for cost in costs if cost.work is None]
    if unknown:
        yield f"not counted, as the number of rows is not known yet: {', '.join(unknown)}"
    unpriced = [model for model in service.models if model not in service.prices]
    if unpriced:
        yield f"without a price in tinker.prices, so without dollars: {', '.join(unpriced)}"
    gone = [
        f"{model} ({service.retired[model]})"
        + (f", replaced by {service.replaced_by[model]}" if model in service.replaced_by else "")
        for model in service.models
        if model in service.retired
    ]
    if gone:
        yield f"retired by Tinker: {'; '.join(gone)}"


def _money(whole: Cost, results: Path, service: ServiceFile) -> str:
    spent = sum(line["dollars"] for line in read_spending(results))
    ceiling = service.max_dollars
    most = "no ceiling (tinker.max_dollars)" if ceiling is None else f"of tinker.max_dollars {ceiling:,.2f}"
    dated = f", at prices of {service.prices_dated}" if service.prices_dated else ""
    return f"${whole.expected:,.2f} expected, ${whole.most:,.2f} at most{dated}; ${spent:,.2f} spent so far, {most}"


def _cells(cost: Cost) -> list[str]:
    if cost.work is None:
        return [cost.name, cost.model, "?", "?", "?", "?", "?"]
    tokens = cost.work.expected
    counts = [_millions(number) if number else "-" for number in (tokens.prefill, tokens.sample, tokens.train)]
    money = ["?" if value is None else f"{value:,.2f}" for value in (cost.expected, cost.most)]
    return [cost.name, cost.model, *counts, *money]


def _millions(tokens: int) -> str:
    return f"{tokens / MILLION:,.2f}"
