"""The words of pocket problems: three families that share no name, no item and no sentence frame."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Frames have the slots {name}, {they}, {They}, {them}, {their}, {items} and {n}; one frame is one sentence."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    items: tuple[str, ...]
    start: tuple[str, ...]
    add: tuple[str, ...]
    subtract: tuple[str, ...]
    double: tuple[str, ...]
    ask: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What models are pretrained and trained on. Short, because a model of 0.6M parameters has to read it. More names and
# items than the vocabulary has room for as whole tokens, and most verbs in more than one place: a model then learns
# what a capital, a number and a verb say, not a list of words.
FAMILIAR = Family(
    women=_words("Mia Ana Eva Lily Zoe Ivy Ada Lea Tina Ella Lena Nina Rita Sara Dora Rosa Nell"),
    men=_words("Ben Tom Sam Max Dan Leo Tim Jon Bob Ron Ted Al Pat Hal Stan Jack"),
    items=_words(
        "apples books coins pens cards shells cups eggs stamps stones hats balls bells boats pans tins ropes "
        "rings seeds plates cakes bats belts pins bags bowls beads combs drums dolls nails mats pots nets mugs "
        "pipes bolts clips forks figs plums tiles masks flags kites tops ducks cans dogs hens rolls bars tubs "
        "pads bins fins dots maps caps ribs jars lids logs"
    ),
    start=("{name} has {n} {items}.", "{name} starts with {n} {items}.", "There are {n} {items} in the box of {name}."),
    add=(
        "{They} buys {n}.",
        "{name} buys {n} more.",
        "Then {they} finds {n} more.",
        "{name} finds {n}.",
        "{name} wins {n} {items}.",
        "Then {they} wins {n}.",
        "{They} gets {n} new {items}.",
        "A friend gives {them} {n}.",
        "{n} more are found.",
        "Then {n} are found.",
    ),
    subtract=(
        "{They} loses {n}.",
        "{name} loses {n} of them.",
        "Then {they} sells {n}.",
        "{name} sells {n}.",
        "{name} drops {n}.",
        "Then {they} drops {n}.",
        "{They} gives {n} to a friend.",
        "{They} gives away {n} {items}.",
        "{n} of them are lost.",
        "Then {n} are lost.",
    ),
    double=("Then {they} doubles {their} {items}.", "The number of {items} doubles."),
    ask=("How many {items} does {name} have now?", "How many {items} are there now?", "What is the number of {items}?"),
)

# Out of distribution, not noise: other names, items and sentences, out of known words and of about the same length (a
# model this small counts steps by distance, and where sentences are longer it sees steps that are not there).
REWORDED = Family(
    women=_words("Dina Sina Tara Rina"),
    men=_words("Dax Sal Don Ram"),
    items=_words("cats bugs pups mops cones beds"),
    start=("The box of {name} has {n} {items}.", "{name} has {n} new {items}.", "{name} has a box of {n} {items}."),
    add=(
        "{name} buys {n} {items}.",
        "Then {they} gets {n} more.",
        "A friend gives {name} {n}.",
        "{n} new {items} are found.",
    ),
    subtract=(
        "Then {name} loses {n}.",
        "{They} sells {n} of them.",
        "{name} gives {n} to a friend.",
        "{n} {items} are lost.",
    ),
    double=("{name} doubles {their} {items}.",),
    ask=(
        "How many {items} does {they} have?",
        "How many {items} are now in the box?",
        "What is now the number of {items}?",
    ),
)

# Another publisher: wordier, for a public trace set that matches neither the benchmarks nor the teacher.
PUBLIC = Family(
    women=("Nora", "Ruth", "Amy", "Jane"),
    men=("Ned", "Paul", "Hugo", "Carl"),
    items=("keys", "lamps", "vases", "cars", "nuts", "pears"),
    start=(
        "{name} has a shop, and in the shop there are {n} {items}.",
        "There are {n} {items} in the new shop of {name}.",
    ),
    add=(
        "After that {name} buys {n} more {items} for the shop.",
        "On the next day a friend gives the shop {n} {items}.",
    ),
    subtract=(
        "After that {name} sells {n} of the {items} in the shop.",
        "On the next day the shop loses {n} {items}.",
    ),
    double=("On the next day the number of {items} in the shop doubles.",),
    ask=("What is the number of {items} that there are in the shop in the end?",),
)

FAMILIES: dict[str, Family] = {"familiar": FAMILIAR, "reworded": REWORDED, "public": PUBLIC}
