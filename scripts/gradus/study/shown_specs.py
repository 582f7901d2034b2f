"""The planned specs as Snakemake sees them while it makes its graph, whether they are on disk or not.

A dry-run may be asked for while a build is at work, whose jobs read the specs on disk. So it writes none: Snakemake
keeps what it learns of files (Snakemake 9.27: `workflow.iocache`) until its graph is there, and what a build would have
written is put there first. The input function of a rule's spec is the earliest place that can: it is called before
Snakemake looks for the file.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from snakemake.io import IOFile
from snakemake_interface_storage_plugins.io import Mtime

from gradus.study.gates import is_current
from gradus.study.spec_writing import PlannedSpecs

NO_FILE = sys.maxsize
"""A size above every `max-checksum-file-size`: Snakemake then reads no file that is not there."""


class ShownSpecs:
    """`root` is the study's folder of results. `written`: whether the specs are on disk as planned."""

    def __init__(self, workflow: Any, root: str, specs: PlannedSpecs, written: bool) -> None:
        self._workflow = workflow
        self._root = root
        self._specs = specs
        self._written = written
        self._shown_in: Any = None

    def input(self, pattern: str) -> Callable[[Any], str]:
        """Input function: the spec of the job with these wildcards."""
        return lambda wildcards: self._shown(pattern.format(**dict(wildcards.items())))

    def is_current(self, job: str, output: str, inputs: Iterable[str]) -> bool:
        """Whether a job's output is there, made as planned, and no older than its inputs."""
        name = f"{job}.json"
        change = self._specs.changes.get(name)
        if change is not None and change.refuted:
            return False
        made_by = None if change is not None and change.vouched else self._specs.digests.get(name)
        return is_current(output, made_by, f"{self._root}/ledger/{name}", inputs)

    def _shown(self, name: str) -> str:
        cache = self._workflow.iocache
        if cache.active and cache is not self._shown_in:
            self._shown_in = cache
            for changed in self._specs.changes:
                self._show(changed, cache)
            for folder in [] if self._written else self._specs.dangling:
                _show_as_removed(folder, cache)
        return f"{self._root}/specs/{name}"

    def _show(self, name: str, cache: Any) -> None:
        path, change = f"{self._root}/specs/{name}", self._specs.changes[name]
        if change.refuted:
            # Not the digest that any record of Snakemake's has, so that the file counts as changed. A build takes the
            # record away too: it asks again once a checkpoint is done, and then looks at the disk.
            cache.checksum[path] = "sha256:refuted"
            if self._written:
                self._workflow.persistence.cleanup_metadata(IOFile(f"{self._root}/ledger/{name}"))
        if self._written:
            return
        cache.exists_local[path] = True
        cache.mtime[path] = Mtime(local=time.time() if change.time is None else change.time / 1e9)
        cache.size[path] = len(change.text) if os.path.isfile(path) else NO_FILE
        cache.checksum.setdefault(path, f"sha256:{change.digest}")


def _show_as_removed(folder: Path, cache: Any) -> None:
    """Let Snakemake find neither the folder nor anything in it."""
    cache.exists_local.has_inventory |= {str(folder), str(folder.parent)}
    for entry in os.scandir(folder.parent):
        if entry.path not in cache.exists_local:
            cache.exists_local[entry.path] = True
    cache.exists_local[str(folder)] = False
