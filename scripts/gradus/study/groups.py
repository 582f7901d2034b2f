"""Groups of models that are pushed and pulled together, and under which names the hub has them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradus.hub.lock import is_repo_name
from gradus.provenance.errors import GradusError
from gradus.study.mistakes import Mistake
from gradus.study.nearest import there_are
from gradus.study.replicates import Replicates, Run
from gradus.study.settings.base import shown
from gradus.study.settings.experiment import Untrained
from gradus.study.settings.models import HubModel, TinkerModel
from gradus.study.trace_checks import Expect

if TYPE_CHECKING:
    from gradus.study.schema import Study

MOST_CHARACTERS = 96
"""Of a repository's name, without its owner."""

_PART = r"[A-Za-z0-9]([\w.-]*\w)?"
_PUSHABLE = re.compile(rf"{_PART}/(?=.{{1,{MOST_CHARACTERS}}}$){_PART}(?<!\.git)(?<!\.ipynb)", re.ASCII)


def members(study: "Study", asked: Sequence[str]) -> list[str]:
    """The models and training runs that are meant by names of groups, models and experiments; all groups' for none.

    Raises GradusError for a name that is none of these, and for one that has nothing to share. What is from the hub is
    left out of groups, as `from_the_hub` tells.
    """
    there: Mapping[str, Any] = {**study.groups, **study.models, **study.experiments}
    for name in asked:
        if name not in there:
            raise GradusError(f"group={name}: there is no such group, model or experiment; {there_are(there, name)}")
        if name not in study.groups and (why := not_pushed(study, name)):
            raise GradusError(f"{name}: {why}")
    replicates = Replicates(study)
    named = [name for name in _named(study, asked) if not isinstance(study.models.get(name), HubModel)]
    return [run for name in named for run in _runs(replicates, name)]


def from_the_hub(study: "Study", asked: Sequence[str]) -> Iterator[str]:
    """Lines on the models of these groups that a build takes from the hub, so that they are there."""
    for name in _named(study, asked):
        if isinstance(model := study.models.get(name), HubModel):
            yield f"{name}: is {model.repo} of the hub, which a build fetches"


def _named(study: "Study", asked: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one for name in asked or study.groups for one in study.groups.get(name, [name])))


def repo_of(study: "Study", member: str) -> str | None:
    """The repository of a model or training run; None where the study names no namespace that it would be in.

    Runs of other seeds than the first have repositories of their own, such as `me/study-sft.seed-1`.
    """
    run = Run.named(member)
    name = study.hub.repos.get(run.experiment)
    if name is None and study.hub.namespace is not None:
        name = f"{study.hub.namespace}/{study.study}-{run.experiment}"
    return None if name is None else f"{name}{member.removeprefix(run.experiment)}"


def not_pushed(study: "Study", name: str) -> str:
    """Why a model or experiment has no weights of its own to push; empty where it has."""
    model, experiment = study.models.get(name), study.experiments.get(name)
    if isinstance(model, HubModel):
        return f"it is a copy of {model.repo}, which is on the hub already; leave it out"
    if isinstance(model, TinkerModel):
        return "its weights are at the service alone; leave it out"
    if isinstance(experiment, Untrained) and experiment.checkpoint is None:
        return f"it is not trained, so its weights are those of {experiment.parent}; name that in its place"
    return ""


def sharing_mistakes(study: "Study", expect: Expect) -> Iterator[Mistake]:
    """Groups of what is not there or has nothing to push, and repositories that the hub refuses or that two share."""
    known: Mapping[str, Any] = {**study.models, **study.experiments}
    for group, named in study.groups.items():
        if group in known:
            what = "a model or experiment has this name too, and `--config group=` takes either; rename the group"
            yield ("groups", group), what
        for index, name in enumerate(named):
            keys = ("groups", group, index)
            if name in named[:index]:
                yield keys, f"{name!r} is there twice; remove one"
            elif expect(keys, name, known, "model or experiment") and not isinstance(known[name], HubModel):
                yield from ((keys, why) for why in [not_pushed(study, name)] if why)
    for name, repo in study.hub.repos.items():
        expect(("hub", "repos", name), name, known, "model or experiment")
        if not _is_pushable_name(repo):
            what = f"{shown(repo)} is not a repository that can be written to; give it as owner/name, of letters, "
            yield ("hub", "repos", name), what + f"digits, single - and . within, and up to {MOST_CHARACTERS} of them"
    yield from _repo_mistakes(study, [name for name in known if not not_pushed(study, name)])


def _repo_mistakes(study: "Study", names: Sequence[str]) -> Iterator[Mistake]:
    repos = {name: repo for name in names if (repo := repo_of(study, name)) is not None}
    shared = Counter(repos.values())
    grouped = {name for group in study.groups.values() for name in group}
    for name, repo in repos.items():
        keys = ("hub", "repos", name) if name in study.hub.repos else ("hub", "namespace")
        if shared[repo] > 1 and name in study.hub.repos:
            yield keys, f"{repo} is the repository of several models; give each its own"
        elif name in grouped and name not in study.hub.repos and not _is_pushable_name(repo):
            yield keys, f"{repo} is not a repository that can be written to; give {name} another under `hub.repos`"


def _is_pushable_name(repo: str) -> bool:
    return is_repo_name(repo) and _PUSHABLE.fullmatch(repo) is not None


def _runs(replicates: Replicates, name: str) -> list[str]:
    if name not in replicates.study.experiments:
        return [name]
    return [run.name for run in replicates.runs(name)]
