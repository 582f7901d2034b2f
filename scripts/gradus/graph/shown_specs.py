"""The planned specs as Snakemake sees them while it makes its graph, whatever is on disk.

The specs on disk are those of the build that is at work, or of the last one, so a command that only looks must not
write them; and a spec that is as planned is no reason to run its job, whenever its file was written. Snakemake has no
documented way to be told of files that are not there yet. It keeps what it learns of files until its graph is there
(Snakemake 9.27: `workflow.iocache`, and `workflow.persistence` for its records), and what a build will write is put
there first. This is the only module that uses these; `onstart`, which is documented, writes the files.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snakemake.io import IOFile
from snakemake_interface_storage_plugins.io import Mtime

from gradus.graph.spec_files import PlannedSpecs, SpecChange

NO_FILE = sys.maxsize
"""A size above every `max-checksum-file-size`: Snakemake then reads no file that is not there."""

OLD = 0.0
"""A time stamp (in seconds) before every result's: the spec is no reason to run its job."""


class ShownSpecs:
    """`root` is the study's folder of results.

    `builds`: whether the command is a build and not only a look, asked once Snakemake begins to make its graph.
    """

    def __init__(self, workflow: Any, root: str, specs: PlannedSpecs, builds: Callable[[], bool]) -> None:
        self._workflow, self._root, self._specs, self._builds = workflow, root, specs, builds
        self._shown_in: Any = None

    def show(self) -> None:
        """Called by the input function of every spec, the earliest place that can: Snakemake looks for the file next.

        Once the graph is there Snakemake drops what it kept, and looks at the disk, where a build has written by then.
        """
        cache = self._workflow.iocache
        if not cache.active or cache is self._shown_in:
            return
        self._shown_in = cache
        for name, change in self._specs.changes.items():
            self._show(name, change, cache)
        for folder in self._specs.dangling:
            _show_as_removed(folder, cache)

    def _show(self, name: str, change: SpecChange, cache: Any) -> None:
        path = f"{self._root}/specs/{name}.json"
        if change.refuted:
            # Not the digest that any record of Snakemake's has, so that the file counts as changed. A build takes the
            # record away too: it asks again once a checkpoint is done, and then looks at the disk.
            cache.checksum[path] = "sha256:refuted"
            if self._builds():
                self._workflow.persistence.cleanup_metadata(IOFile(f"{self._root}/ledger/{name}.json"))
        cache.exists_local[path] = True
        cache.mtime[path] = Mtime(local=time.time() if change.runs else OLD)
        cache.size[path] = len(change.text) if os.path.isfile(path) else NO_FILE
        cache.checksum.setdefault(path, f"sha256:{change.digest}")


def _show_as_removed(folder: Path, cache: Any) -> None:
    """Let Snakemake find neither the folder nor anything in it."""
    cache.exists_local.has_inventory |= {str(folder), str(folder.parent)}
    for entry in os.scandir(folder.parent):
        if entry.path not in cache.exists_local:
            cache.exists_local[entry.path] = True
    cache.exists_local[str(folder)] = False
