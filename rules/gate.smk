# What waits for the contamination gate, and how.
#
# Verdicts are no input that results are made of: a new benchmark, for which every training set is judged anew, retrains
# nothing. So a job waits for them only if it has to run, by asking for the checkpoint that gives them, and never lists
# them. (As `ancient` inputs they would hide all that comes after them: Snakemake 9.27 asks what stands behind a job that
# runs for no reason of its own.)


def judged(sets, job, output, inputs):
    """Nothing, once these training sets are judged, for the job that makes `output` of `inputs`."""
    if not PLANNED.specs.is_current(job, f"{S}/{output}", inputs):
        for kind, name in sets:
            checkpoints.judge_training_set.get(kind=kind, set=name)
    return []


def trained_on(kind, name):
    """The file of a training set that training reads: where overlaps are dropped, the set without them.

    Whether that changed is known once a checkpoint has looked; then what follows is planned anew.
    """
    whole = PLAN.training_file(kind, name)
    if not PLAN.gates.drops:
        return whole
    return checkpoints.drop_overlaps.get(kind=kind, set=name, suffix=whole.rpartition(".")[2]).output.out


def gate_of_training(experiment):
    """What an experiment's training waits for."""
    sets = PLAN.gates.own(experiment)
    read = [*PLAN.start_files(experiment), *(trained_on(kind, name) for kind, name in sets)]
    model = PLAN.model_files(experiment)[-1].removeprefix(f"{S}/")
    return judged(sets, f"models/{experiment}", model, read)


def gate_of_samples(experiment, name):
    """What samples wait for: verdicts on all that their weights were trained on."""
    sets = PLAN.gates.seen_by(experiment)
    for kind, one in sets:
        trained_on(kind, one)
    benchmark = name.removesuffix(".votes")
    read = [*PLAN.sampled_files(experiment, benchmark), PLAN.benchmark_problems(benchmark)]
    return judged(sets, f"samples/{experiment}/{name}", f"samples/{experiment}/{name}.parquet", read)


def gate_of_questions(traces):
    """What a teacher waits for. What it is asked is not cleaned: what it answers is."""
    job = f"traces/{traces}.completions"
    read = [*PLAN.teacher_files(traces), *PLAN.trace_problems(traces)]
    return judged(PLAN.gates.asked(traces), job, f"{job}.parquet", read)
