# What training and sampling have to wait for, and what they then read.


def gate(sets):
    """The verdicts on these training sets."""
    for kind, name in sets:
        trained_on(kind, name)
    return [ancient(path) for path in PLAN.gates.verdicts(sets)]


def trained_on(kind, name):
    """The file of a training set that training reads."""
    whole = PLAN.training_file(kind, name)
    if not PLAN.gates.drops:
        return whole
    return checkpoints.drop_overlaps.get(kind=kind, set=name, suffix=whole.rpartition(".")[2]).output.out
