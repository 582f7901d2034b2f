"""Cells of the tables of votes and of pass@k: a share or a difference with its interval beside it."""

from collections.abc import Sequence
from typing import TypedDict

from gradus.evaluation.pipe_table import arm_or_ends
from gradus.evaluation.published import beside, one_share
from gradus.evaluation.shares import Share
from gradus.reporting import formats
from gradus.reporting.results import published_tip


class CellView(TypedDict):
    """`arm`: the interval as text. `sort`: what its column is sorted by."""

    text: str
    arm: str
    tip: str
    best: bool
    sort: float
    published: str


def share_cell(
    name: str, share: Share | None, *, tips: Sequence[str] = (), best: bool = False, published: float | None = None
) -> CellView:
    """name: what the share is, for the tip, which ends in `tips` and the published value."""
    if share is None:
        return empty_cell()
    lines = [f"{name}: {formats.percent(share.value, 2)}", f"95% interval: {formats.share_interval(share.ci95)}"]
    if len(share.by_run) > 1:
        lines.append(f"Training runs: {', '.join(formats.percent(value) for value in share.by_run)}")
    lines += tips
    if published is not None:
        lines.append(published_tip(beside(one_share(published), share.value, share.ci95)))
    return {
        "text": formats.percent(share.value),
        "arm": arm_or_ends(share.value, share.ci95),
        "tip": "\n".join(lines),
        "best": best,
        "sort": share.value,
        "published": "" if published is None else formats.percent(published),
    }


def difference_cell(delta: float, interval: str, tips: Sequence[str], star: str = "") -> CellView:
    """A difference in points, its interval as `interval` says."""
    text = f"{formats.points(delta)} {star}".rstrip()
    return {"text": text, "arm": interval, "tip": "\n".join(tips), "best": False, "sort": delta, "published": ""}


def empty_cell() -> CellView:
    return {"text": formats.NOTHING, "arm": "", "tip": "", "best": False, "sort": -1.0, "published": ""}
