"""Long work on many items, done in parts that survive a kill: a resumed job repeats the parts that it had not finished,
and no others.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gradus.provenance.job import Job
from gradus.provenance.progress import Progress

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_parts(
    job: Job[Any],
    items: Sequence[Item],
    make: Callable[[Sequence[Item], Progress], list[Made]],
    *,
    size: int,
    unit: str,
    folder: Path,
    suffix: str,
    write: Callable[[Path, list[Made]], None],
    read: Callable[[Path], list[Made]],
) -> list[Made]:
    """What `make` gives for all items, in their order, asked for `size` of them at a time.

    make: counts its tokens, and tells the progress, in `unit`s, of what it has done. write, read: a part's file, which
    is in `folder`, the job's state. Every part is read back, so that a resumed job goes on with the same values.
    Raises Stopped between two parts where the job is asked to end.
    """
    done: list[Made] = []
    with job.progress(len(items), unit) as progress, job.stop_signal.deferring():
        for start in range(0, len(items), size):
            part, file = items[start : start + size], folder / f"part-{start // size:05d}{suffix}"
            if file.is_file():
                progress.update(len(part))
            else:
                job.stop_signal.reached(f"{start} of {len(items)} {unit}")
                made = make(part, progress)
                job.keep_time()  # before the file is there: a kill between the two leaves no work uncounted
                write(file, made)
            done += read(file)
    return done
