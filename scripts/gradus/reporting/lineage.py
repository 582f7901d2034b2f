"""How the experiments grow out of each other: a tree from the models that nobody here trains, to the right."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots import svg
from gradus.reporting.plots.marks import Mark
from gradus.reporting.plots.svg import Picture
from gradus.reporting.recipe import Recipe

TITLE = "Which experiment starts from which"

BOX_WIDTH, BOX_HEIGHT = 212, 46
GAP_WIDTH, GAP_HEIGHT = 44, 12
MARGIN = 2
CHARACTERS = 30
"""Of a title in a box; more end in an ellipsis."""

STAGES = {"sft": "SFT", "dpo": "DPO", "grpo": "RL"}


@dataclass(frozen=True)
class Grown:
    """An experiment. parent: the name of the model or experiment that it starts from. recipe: None: it is not trained.
    runs: with how many seeds it is."""

    name: str
    title: str
    parent: str
    mark: Mark
    recipe: Recipe | None = None
    runs: int = 1


@dataclass
class _Node:
    """column: how many trainings lie between it and a model. row: from the top, in boxes; a parent is in the middle of
    its children."""

    title: str
    words: str
    mark: Mark | None
    children: list["_Node"] = field(default_factory=list)
    column: int = 0
    row: float = 0.0


def of_report(inputs: ReportInputs, marks: dict[str, Mark]) -> Picture | None:
    """The picture of the experiments that a report has."""
    return picture(_grown(inputs, marks), inputs.title_of)


def _grown(inputs: ReportInputs, marks: dict[str, Mark]) -> list[Grown]:
    return [
        Grown(name, entry["title"], entry["parent"], marks[name], inputs.recipes.get(name), len(inputs.runs_of(name)))
        for entry in inputs.experiments
        for name in [entry["name"]]
    ]


def picture(experiments: Sequence[Grown], title_of: Callable[[str], str]) -> Picture | None:
    """None where no experiment is trained. title_of: a model by its name."""
    if not any(each.recipe for each in experiments):
        return None
    roots = _trees(experiments, title_of)
    rows = _placed(roots)
    nodes = list(_all(roots))
    columns = 1 + max(node.column for node in nodes)
    width = columns * BOX_WIDTH + (columns - 1) * GAP_WIDTH + 2 * MARGIN
    height = rows * (BOX_HEIGHT + GAP_HEIGHT) - GAP_HEIGHT + 2 * MARGIN
    shapes = [_edge(node, child) for node in nodes for child in node.children]
    shapes += [_box(node) for node in nodes]
    told = "; ".join(f"{child.title} from {node.title}" for node in nodes for child in node.children)
    return Picture(shapes, width, height, told, "plot lineage")


def _trees(experiments: Sequence[Grown], title_of: Callable[[str], str]) -> list[_Node]:
    """The models with what was made of them. A model that is asked without training is that experiment itself."""
    roots: dict[str, _Node] = {}
    nodes: dict[str, _Node] = {}
    grown = [each for each in experiments if each.recipe or any(each.parent == other.name for other in experiments)]
    for each in experiments:
        if each in grown:
            words = "no training" if each.recipe is None else _words(each.recipe)
            nodes[each.name] = _Node(each.title, words + (f" · {each.runs} runs" if each.runs > 1 else ""), each.mark)
        else:
            root = roots.setdefault(each.parent, _Node(title_of(each.parent), each.title, each.mark))
            nodes[each.name] = root
    for each in experiments:
        if each in grown:
            start = nodes.get(each.parent) or roots.setdefault(each.parent, _Node(title_of(each.parent), "", None))
            start.children.append(nodes[each.name])
    return list(roots.values())


def _words(recipe: Recipe) -> str:
    """What was done, and with what: `SFT on custom`, `RL on hard`."""
    data = recipe.settings.get("traces") or recipe.settings.get("problems")
    of = ", ".join(map(str, data)) if isinstance(data, Sequence) and not isinstance(data, str) else str(data or "")
    return STAGES.get(recipe.stage, recipe.stage) + (f" on {of}" if of else "")


def _placed(roots: Sequence[_Node]) -> int:
    """Give every node its place; the number of rows."""
    rows = 0

    def place(node: _Node, column: int) -> None:
        nonlocal rows
        node.column = column
        for child in node.children:
            place(child, column + 1)
        if node.children:
            node.row = (node.children[0].row + node.children[-1].row) / 2
        else:
            node.row, rows = float(rows), rows + 1

    for root in roots:
        place(root, 0)
    return rows


def _all(nodes: Sequence[_Node]) -> Iterator[_Node]:
    for node in nodes:
        yield node
        yield from _all(node.children)


def _left(node: _Node) -> float:
    return MARGIN + node.column * (BOX_WIDTH + GAP_WIDTH)


def _top(node: _Node) -> float:
    return MARGIN + node.row * (BOX_HEIGHT + GAP_HEIGHT)


def _edge(node: _Node, child: _Node) -> Markup:
    begin, end = _left(node) + BOX_WIDTH, _left(child)
    y, to, middle = _top(node) + BOX_HEIGHT / 2, _top(child) + BOX_HEIGHT / 2, (begin + end) / 2
    return svg.element("path", d=f"M{begin:g} {y:g}C{middle:g} {y:g} {middle:g} {to:g} {end:g} {to:g}", class_="edge")


def _box(node: _Node) -> Markup:
    x, y = _left(node), _top(node)
    sign = [] if node.mark is None else [svg.group([node.mark.sign], transform=f"translate({x + 9:g} {y + 9:g})")]
    begin = x + (10 if node.mark is None else 28)
    parts = [
        svg.rectangle(x, y, BOX_WIDTH, BOX_HEIGHT, rx=4, class_="box"),
        *sign,
        svg.text(begin, y + 19, _short(node.title), class_="strong"),
        svg.text(begin, y + 36, _short(node.words), class_="tick"),
    ]
    return svg.group(parts, class_=node.mark.colour if node.mark is not None else None)


def _short(text: str) -> str:
    return text if len(text) <= CHARACTERS else text[: CHARACTERS - 1].rstrip() + "…"
