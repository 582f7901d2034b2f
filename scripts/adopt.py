"""Keep results that the release before this one built, that were copied without time stamps, or whose experiments and
benchmarks have other names now: see docs/reruns.md."""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from gradus.graph.adoption import Adopted, adopt, recorded_outputs
from gradus.graph.copied import restore_times
from gradus.graph.graph import Graph
from gradus.graph.renamed import Renamed, find_renamed
from gradus.graph.renaming import keep_renamed
from gradus.graph.spec_files import plan_specs
from gradus.provenance.errors import GradusError
from gradus.provenance.terminal import tell


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="the study file")
    parser.add_argument("--config", type=json.loads, default={}, help="values laid over the study's, as JSON")
    arguments = parser.parse_args()
    try:
        graph = Graph.read(arguments.study, arguments.config)
        adopted = adopt(graph)
    except GradusError as error:
        sys.exit(f"error: {error}")
    forget(list(recorded_outputs(graph, adopted)), arguments.study)
    specs = plan_specs(graph)
    renamed = find_renamed(graph, specs)
    if renamed is not None and renamed.lacking:
        sys.exit("\n".join(f"error: {line}" for line in renamed.lines(arguments.study)))
    if renamed is not None:
        forget(keep_renamed(graph, specs, renamed), arguments.study)
        tell("\n".join(told_of_names(renamed)))
    if restored := restore_times(graph):
        tell(f"{restored} files have the time stamps of their records again")
    if adopted.kept or adopted.left or not (restored or renamed):
        tell("\n".join(told(adopted)))


def told_of_names(renamed: Renamed) -> Iterator[str]:
    for names in (renamed.names.experiments, renamed.names.benchmarks):
        yield from (f"{old} is {new} now" for new, old in names.items())
    yield f"{len(renamed.kept)} results are kept under the new names"


def forget(files: list[str], study: Path) -> None:
    """Snakemake's own records of the files are of other rules, which would run again for that alone."""
    there = [file for file in files if Path(file).exists()]
    if there:
        command = [sys.executable, "-m", "snakemake", "--configfile", study, "--cleanup-metadata", *there]
        subprocess.run(command, check=False, capture_output=True)  # a file without a record is an error to it


def told(adopted: Adopted) -> list[str]:
    lines = [f"{len(adopted.kept)} results are kept as they are"]
    for reason, count in Counter(adopted.left.values()).most_common():
        names = [name for name, why in adopted.left.items() if why == reason]
        lines.append(f"{count} are built again, as {reason}: {', '.join(names[:5])}{', ...' if count > 5 else ''}")
    return lines


if __name__ == "__main__":
    main()
