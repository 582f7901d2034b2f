"""One job of the graph, as planning knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradus.specs.base import JobSettings, Spec
from gradus.specs.contamination import Kind

TrainingSet = tuple[Kind, str]
"""Its kind, and the name of the set."""


@dataclass(frozen=True)
class Job:
    """Paths are relative to the project root, as Snakemake sees them.

    stage: its rule and its script.
    name: where its spec, log and ledger entry are, such as `models/sft`.
    result: the file that says that the job is done.
    modules: what its script loads by name.
    reads: by role, the files that the study has it read; those that are the same in every study are in its rule.
    obeys: the training sets that have to pass the contamination gate before it runs.
    verdicts: whether grading only chooses what is kept, so that planning can look what it keeps; see `verdicts.py`.
    """

    stage: str
    name: str
    result: str
    settings: JobSettings
    modules: tuple[str, ...] = ()
    reads: Mapping[str, list[str]] = field(default_factory=dict)
    obeys: tuple[TrainingSet, ...] = ()
    verdicts: bool = False

    @property
    def spec(self) -> Spec[JobSettings]:
        """Without the fingerprint of its code, which takes time."""
        return Spec(stage=self.stage, name=self.name, modules=list(self.modules), settings=self.settings)
