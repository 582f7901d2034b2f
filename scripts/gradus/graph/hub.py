"""Jobs that download the files of a problem set, a trace set or a text."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.job import Job
from gradus.graph.origins import pinned_files
from gradus.specs.hub import FetchDataSpec
from gradus.study.corpora import text_of
from gradus.study.hub import problem_download, text_download, trace_download


def fetch_jobs(context: Context) -> Iterator[Job]:
    study, lock = context.study, context.lock
    found = [(f"problems/{name}", problem_download(study, name)) for name in study.problems]
    found += [(f"traces/{name}", trace_download(study, name)) for name in study.traces]
    found += [(f"corpora/{name}", text_download(study, name)) for name in study.corpora if text_of(study, name) == name]
    for where, download in found:
        if download is not None:
            settings = FetchDataSpec(**pinned_files(download, lock).model_dump())
            yield Job("fetch_data", f"hub/{where}", f"{context.root}/hub/{where}", settings)
