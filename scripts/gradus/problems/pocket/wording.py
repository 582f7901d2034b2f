"""From a chain to English: who it is about, and one sentence a step. Numbers are always digits."""

import random
from dataclasses import dataclass

from gradus.problems.pocket.chain import Chain
from gradus.problems.pocket.families import FAMILIES, Family
from gradus.provenance.errors import GradusError

_PRONOUNS = {
    "woman": {"they": "she", "They": "She", "them": "her", "their": "her"},
    "man": {"they": "he", "They": "He", "them": "him", "their": "his"},
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Who has what: fixed for all sentences of one problem."""

    name: str
    items: str
    pronouns: dict[str, str]


def family_named(name: str) -> Family:
    """Raises GradusError for a family that does not exist."""
    try:
        return FAMILIES[name]
    except KeyError:
        raise GradusError(f"problem family {name!r} is unknown; choose one of {', '.join(FAMILIES)}") from None


def draw_scene(rng: random.Random, family: Family) -> Scene:
    gender = rng.choice(("woman", "man"))
    name = rng.choice(family.women if gender == "woman" else family.men)
    return Scene(name, rng.choice(family.items), _PRONOUNS[gender])


def render(chain: Chain, scene: Scene, family: Family, rng: random.Random) -> str:
    """The problem's text; `rng` chooses among the family's frames for each sentence."""
    words = {"name": scene.name, "items": scene.items, "n": chain.start, **scene.pronouns}
    frames_of = {"+": family.add, "-": family.subtract, "*": family.double}
    choose = rng.choice
    sentences = [choose(family.start).format_map(words)]
    for op, number in chain.steps:
        words["n"] = number
        sentences.append(choose(frames_of[op]).format_map(words))
    sentences.append(choose(family.ask).format_map(words))
    return " ".join(sentences)
