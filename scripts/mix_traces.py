"""Mix trace sets in stated shares."""

from gradus.provenance.files import replacing, write_json
from gradus.provenance.job import Job, run
from gradus.specs.traces import MixTracesSpec
from gradus.traces.mix import counts_of, mixed
from gradus.traces.table import length_summary, read_traces


def build(job: Job[MixTracesSpec]) -> None:
    settings = job.settings
    names = [name for name, _ in settings.parts]
    weights = [weight for _, weight in settings.parts]
    files = job.files("parts")
    parts = [file.read_bytes().splitlines(keepends=True) for file in files]
    sizes = [len(part) for part in parts]
    counts = counts_of(sizes, weights, settings.size, names)
    with replacing(job.path("out")) as temporary:
        temporary.write_bytes(b"".join(mixed(parts, counts, settings.seed, names, settings.keep)))
        traces = read_traces(temporary)
    rows = {
        name: {"weight": weight, "there": there, "taken": count, "share": count / sum(counts)}
        for name, weight, there, count in zip(names, weights, sizes, counts, strict=True)
    }
    summary = {
        "kind": "mix",
        "parts": rows,
        "problems": len({trace["id"] for trace in traces}),
        "completions": sum(sizes),
        "kept": len(traces),
        "dropped": {"not_drawn": sum(sizes) - len(traces)} if len(traces) < sum(sizes) else {},
        "characters": length_summary([trace["chars"] for trace in traces]),
    }
    write_json(job.path("summary"), summary)
    shares = ", ".join(f"{row['taken']} of {name} ({row['share']:.1%})" for name, row in rows.items())
    job.log(f"{len(traces)} traces: {shares}")


if __name__ == "__main__":
    run(build, MixTracesSpec)
