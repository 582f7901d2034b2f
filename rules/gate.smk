# What waits for the contamination gate, and how.
#
# Verdicts are no input that results are made of: a new benchmark, for which every training set is judged anew, retrains
# nothing. So a job waits for them only if it has to run, by asking for the checkpoint that gives them, and never lists
# them. (As `ancient` inputs they would hide all that comes after them: Snakemake 9.27 asks what is behind a job that
# runs for no reason of its own.)

from gradus.graph.rules import of_wildcards


def judged(pattern):
    """Input function: nothing, once the training sets are judged that the job obeys."""

    @of_wildcards
    def nothing(wildcards):
        for kind, name, suffix in job.cleaned_sets(pattern, wildcards):
            checkpoints.drop_overlaps.get(kind=kind, set=name, suffix=suffix)
        for kind, name in job.waits_for(pattern, wildcards):
            checkpoints.judge_training_set.get(kind=kind, set=name)
        return []

    return nothing


def trained_on(pattern, role):
    """Input function: the files that training reads in this role: where overlaps are dropped, without them.

    Whether that changed is known once a checkpoint has looked; then what follows is planned anew.
    """

    @of_wildcards
    def files(wildcards):
        for kind, name, suffix in job.cleaned_sets(pattern, wildcards, role):
            checkpoints.drop_overlaps.get(kind=kind, set=name, suffix=suffix)
        return job.reads(pattern, role)(wildcards)

    return files


def training_data(pattern):
    """Input function: the traces or problems that the experiment trains on."""
    return of_wildcards(lambda wildcards: trained_on(pattern, job.data_role(pattern, wildcards))(wildcards))
