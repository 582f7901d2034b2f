# Problem sets, and the gate between what is trained on and what is measured on.


rule make_problems:
    input:
        spec=f"{S}/specs/problems/{{set}}.json",
        of=lambda w: PLAN.source_problems(w.set),
        raw=lambda w: PLAN.raw_files(w.set),
    output:
        out=f"{S}/problems/{{set}}.parquet",
        summary=f"{S}/problems/{{set}}.summary.json",
        ledger=f"{S}/ledger/problems/{{set}}.json",
    log:
        f"{S}/logs/problems/{{set}}.log",
    benchmark:
        f"{S}/benchmarks/problems/{{set}}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        gpu=0,
    params:
        raw=lambda w: PLAN.raw_problems(w.set),
    shell:
        "python scripts/make_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --of {input.of} --raw {params.raw:q} --out {output.out} --summary {output.summary}"


rule check_overlap:
    input:
        spec=f"{S}/specs/problems/{{benchmark}}.overlap.json",
        benchmark=lambda w: PLAN.benchmark_problems(w.benchmark),
        training=PLAN.training_problems(),
    output:
        out=f"{S}/problems/{{benchmark}}.overlap.json",
        ledger=f"{S}/ledger/problems/{{benchmark}}.overlap.json",
    log:
        f"{S}/logs/problems/{{benchmark}}.overlap.log",
    benchmark:
        f"{S}/benchmarks/problems/{{benchmark}}.overlap.tsv"
    # Before anything dear: a leak should stop the build in its first seconds.
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/check_overlap.py {input.spec} --log {log} --ledger {output.ledger}"
        " --benchmark {input.benchmark} --training {input.training} --out {output.out}"


rule check_golds:
    input:
        spec=f"{S}/specs/golds.json",
        problems=[PLAN.problems(name) for name in PLAN.study.problems],
    output:
        out=f"{S}/golds.json",
        ledger=f"{S}/ledger/golds.json",
    log:
        f"{S}/logs/golds.log",
    benchmark:
        f"{S}/benchmarks/golds.tsv"
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/check_golds.py {input.spec} --log {log} --ledger {output.ledger}"
        " --problems {input.problems} --out {output.out}"
