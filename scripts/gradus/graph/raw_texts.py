"""What the documents of a corpus are read from."""

from gradus.graph.context import Context
from gradus.graph.origins import outside_rows, pinned
from gradus.specs.corpora import TextSource
from gradus.study.corpora import text_of
from gradus.study.hub import text_download
from gradus.study.own_results import own_result


def text_source(context: Context, name: str) -> TextSource:
    """What decides the documents of a corpus."""
    text, download = context.study.corpora[name], text_download(context.study, name)
    return TextSource(
        column=text.column,
        separator=text.separator,
        outside=outside_rows(context.study, text),
        hub=pinned(download, context.lock) if download else None,
    )


def raw_text(context: Context, name: str) -> list[str]:
    """The file or folder that the documents of a corpus are read from."""
    path = context.study.corpora[name].path
    if path is None:
        return context.below(f"hub/corpora/{text_of(context.study, name)}")
    return [own_result(context.study.study, path) or path]
