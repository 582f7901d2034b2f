# Samples: the expensive half of an evaluation, kept apart from the grading.


rule sample_benchmark:
    input:
        spec=spec_of("samples/{experiment}/{benchmark}.json"),
        weights=lambda w: PLAN.sampled_files(w.experiment, w.benchmark),
        problems=lambda w: PLAN.benchmark_problems(w.benchmark),
        gate=lambda w: gate_of_samples(w.experiment, w.benchmark),
    output:
        out=f"{S}/samples/{{experiment}}/{{benchmark}}.parquet",
        ledger=f"{S}/ledger/samples/{{experiment}}/{{benchmark}}.json",
    log:
        f"{S}/logs/samples/{{experiment}}/{{benchmark}}.log",
    benchmark:
        f"{S}/benchmarks/samples/{{experiment}}/{{benchmark}}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=lambda w, input: PLAN.minutes(input.spec, 60),
        gpu=lambda w, input: PLAN.gpus(input.spec),
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.seen_by(w.experiment)),
    shell:
        "python scripts/sample_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --gate {params.gate} --out {output.out}"


use rule sample_benchmark as sample_votes with:
    input:
        spec=spec_of("samples/{experiment}/{benchmark}.votes.json"),
        weights=lambda w: PLAN.sampled_files(w.experiment, w.benchmark),
        problems=lambda w: PLAN.benchmark_problems(w.benchmark),
        gate=lambda w: gate_of_samples(w.experiment, f"{w.benchmark}.votes"),
    output:
        out=f"{S}/samples/{{experiment}}/{{benchmark}}.votes.parquet",
        ledger=f"{S}/ledger/samples/{{experiment}}/{{benchmark}}.votes.json",
    log:
        f"{S}/logs/samples/{{experiment}}/{{benchmark}}.votes.log",
    benchmark:
        f"{S}/benchmarks/samples/{{experiment}}/{{benchmark}}.votes.tsv"
