"""A study's folder of results: where it is, whether its build is finished, and what its cells are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gradus.graph.reporting import UNCOUNTED
from gradus.graph.stages import read_spec
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file
from gradus.provenance.records import Damaged, read_record
from gradus.specs.reporting import MakeReportSpec
from gradus.study.replicates import Run

PROJECT = Path(__file__).resolve().parents[3]
INDEX = "specs/report.json"


@dataclass(frozen=True)
class Cell:
    """The answers of one training run to one benchmark: those that are scored, or those that are drawn for votes.

    written: whether there are samples, or options were chosen by their likelihood.
    """

    run: Run
    benchmark: str
    for_votes: bool = False
    written: bool = True

    @property
    def place(self) -> str:
        return f"{self.run.name}/{self.benchmark}"

    @property
    def samples(self) -> str:
        return f"samples/{self.place}{'.votes' if self.for_votes else ''}.parquet"

    @property
    def graded(self) -> str:
        """Where their verdicts and scores are, without the suffixes."""
        return f"{'votes' if self.for_votes else 'eval'}/{self.place}"


@dataclass(frozen=True)
class StudyFolder:
    """`settings`: those of the report, which names all that the study has."""

    root: Path
    settings: MakeReportSpec

    def file(self, name: str) -> Path:
        """A file by its path in the folder. Raises GradusError where it is missing."""
        if not (path := self.root / name).is_file():
            raise GradusError(f"{path}: no such file; build it again")
        return path

    @property
    def experiments(self) -> list[str]:
        return [experiment.name for experiment in self.settings.experiments]

    @property
    def benchmarks(self) -> list[str]:
        return [benchmark.name for benchmark in self.settings.benchmarks]

    @property
    def with_parts(self) -> set[str]:
        """The benchmarks that have parts."""
        return {benchmark.name for benchmark in self.settings.benchmarks if benchmark.parts is not None}

    @property
    def runs(self) -> list[Run]:
        """Every training run, in the order of the table."""
        return [Run.named(name) for row in self.settings.experiments for name in row.runs]

    def cells(self, experiments: set[str] | None = None, votes: bool = False) -> list[Cell]:
        """All cells in the order of the table, or those of some experiments; with `votes` those drawn for votes too."""
        written = set(self.settings.written_cells)
        asked = [(Run.named(run), benchmark) for run, benchmark in self.settings.cells]
        cells = [
            Cell(run, b, written=(run.name, b) in written)
            for run, b in asked
            if experiments is None or run.experiment in experiments
        ]
        drawn = [Cell(cell.run, cell.benchmark, for_votes=True) for cell in cells] if votes else []
        return cells + [cell for cell in drawn if (self.root / f"specs/votes/{cell.place}.json").is_file()]


def find_study(place: str | Path) -> StudyFolder:
    """The finished study at a path, or of a name: in `results/` here, else in that of this project.

    Raises GradusError where there is no study, or one whose build is not finished.
    """
    places = [Path(place), "results" / Path(place), PROJECT / place, PROJECT / "results" / place]
    root = next((path for path in places if (path / INDEX).is_file()), None)
    if root is None:
        raise GradusError(_no_study(place, next((path for path in places if path.is_dir()), None)))
    folder = StudyFolder(root, read_spec(root / INDEX).settings)
    if unfinished := list(_unfinished(root)):
        more = f" and {len(unfinished) - 1} more" if len(unfinished) > 1 else ""
        raise GradusError(
            f"{root}: the build is not finished, {unfinished[0]}{more} did not run with the study's settings; build it "
            f"with `snakemake all --configfile config/{folder.settings.study}.yaml`"
        )
    return folder


def _no_study(place: str | Path, found: Path | None) -> str:
    if found is not None:
        return f"{found}: not a study's results, it has no {INDEX}; name a folder that `snakemake all` built"
    studies = sorted({path.parents[1].name for here in (Path(), PROJECT) for path in here.glob(f"results/*/{INDEX}")})
    known = f"studies here: {', '.join(studies)}" if studies else "no study is built here: run `make`"
    return f"{place}: no such folder, and no study of this name in results/; {known}"


def _unfinished(root: Path) -> Iterator[str]:
    """Jobs of the ledger that have not run by the specs that are there."""
    specs = root / "specs"
    for path in sorted(specs.rglob("*.json")):
        job = path.relative_to(specs).as_posix().removesuffix(".json")
        try:
            record = read_record(root / "ledger" / f"{job}.json")
        except Damaged:
            record = None
        if (record is None or record.spec != sha256_file(path)) and read_json(path).get("stage") not in UNCOUNTED:
            yield job
