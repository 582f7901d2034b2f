"""What a study downloads from the hub, and whether the lock has a pin for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from gradus.hub.contents import NEEDED, allowed, is_weights, matches, model_files, weights_file
from gradus.hub.lock import LOCK_FILE, Lock, Pin, Repo
from gradus.provenance.errors import GradusError
from gradus.study.file import KeyPath
from gradus.study.problem_sets import published_source
from gradus.study.schema import Study
from gradus.study.settings.models import HubModel, TinkerModel
from gradus.study.settings.problems import PublishedProblems
from gradus.study.settings.traces import PublishedTraces


@dataclass(frozen=True)
class Download:
    """Files of one repository that one job fetches. `keys` is the place in the study file that asks for them."""

    keys: KeyPath
    repo: Repo
    patterns: tuple[str, ...] = ()
    """Which files; none for a model, whose files are known."""
    weights: bool = True
    """Whether a model's weights are among them."""
    texts: bool = False
    """Whether files that hold no rows are read too."""

    def files(self, pin: Pin) -> list[str]:
        """Paths in the repository. Raises GradusError where the pinned commit has none that fit."""
        if self.repo.kind == "model":
            return self._model_files(pin)
        found = [
            name for name in allowed("text" if self.texts else "dataset", pin.files) if matches(name, self.patterns)
        ]
        if not found:
            there = ", ".join(sorted(pin.files)[:8])
            raise GradusError(
                f"{self.repo} at {pin.revision} has no file {' or '.join(self.patterns)}; it has {there}; "
                "set `files` to what is meant"
            )
        return found

    def _model_files(self, pin: Pin) -> list[str]:
        found = model_files(pin.files)
        if not self.weights:
            found = [name for name in found if not is_weights(name)]
        missing = [name for name in NEEDED if name not in found]
        if missing or (self.weights and weights_file(found) is None):
            what = missing[0] if missing else "weights as safetensors"
            raise GradusError(f"{self.repo} at {pin.revision} has no {what}; take a repository in transformers' layout")
        return found


def problem_download(study: Study, name: str) -> Download | None:
    """What a problem set downloads; None for one that is local, generated or taken from another."""
    problems = study.problems[name]
    if not isinstance(problems, PublishedProblems) or problems.path is not None:
        return None
    names = {
        "{split}": getattr(problems, "split", None) or "*",
        "{config}": published_source(problems).config(problems) or "*",
    }
    patterns = list(problems.files)
    for mark, name_there in names.items():
        patterns = [pattern.replace(mark, name_there) for pattern in patterns]
    return Download(("problems", name), Repo("dataset", problems.repo), tuple(patterns))


def trace_download(study: Study, name: str) -> Download | None:
    """What a trace set downloads; None for one that is local or made here."""
    traces = study.traces[name]
    if not isinstance(traces, PublishedTraces) or traces.path is not None:
        return None
    return Download(("traces", name), Repo("dataset", traces.repo), tuple(traces.files))


def text_download(study: Study, name: str) -> Download | None:
    """What a text to pretrain on downloads; None for one in local files."""
    text = study.corpora[name]
    if text.path is not None:
        return None
    return Download(("corpora", name), Repo("dataset", text.repo), tuple(text.files), texts=True)


def model_download(study: Study, name: str) -> Download | None:
    model = study.models[name]
    if isinstance(model, TinkerModel):
        return Download(("models", name), Repo("model", model.repo or model.name), weights=False)
    return Download(("models", name), Repo("model", model.repo)) if isinstance(model, HubModel) else None


def downloads(study: Study) -> list[Download]:
    found = [problem_download(study, name) for name in study.problems]
    found += [trace_download(study, name) for name in study.traces]
    found += [text_download(study, name) for name in study.corpora]
    found += [model_download(study, name) for name in study.models]
    return [download for download in found if download is not None]


def without_pin(study: Study, lock: Lock) -> list[Download]:
    """Downloads whose repository the lock has no commit for."""
    pins = {download: lock.get(download.repo) for download in downloads(study)}
    return [download for download, pin in pins.items() if pin is None or not pin.resolved]


def pin_mistakes(study: Study, lock: Lock, command: str) -> Iterator[tuple[Download, str]]:
    """Downloads that cannot be planned, and why; `command` is the one that adds pins."""
    missing = without_pin(study, lock)
    for download in downloads(study):
        if download in missing:
            local = "source: folder" if download.repo.kind == "model" else "path:"
            what = f"{download.repo} has no revision in {LOCK_FILE}; add it with: {command}"
            yield download, f"{what} (or name a local copy with `{local}`)" if download.weights else what
            continue
        try:
            download.files(lock[download.repo])
        except GradusError as error:
            yield download, str(error)
