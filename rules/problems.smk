# Problem sets, and a table of them.


rule make_problems:
    input:
        spec=spec_of("problems/{set}.json"),
        of=lambda w: PLAN.source_problems(w.set),
        raw=lambda w: PLAN.made(PLAN.raw_problems(w.set)),
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


rule make_problems_table:
    input:
        spec=spec_of("problems.json"),
        summaries=[f"{S}/problems/{name}.summary.json" for name in PLAN.study.problems],
        training=PLAN.gates.found(PLAN.gates.searched_problems()),
        benchmarks=f"{S}/contamination/benchmarks.json",
    output:
        out=f"{S}/problems.md",
        html=table_page("problems", "Problem sets"),
        ledger=f"{S}/ledger/problems.json",
    log:
        f"{S}/logs/problems.log",
    benchmark:
        f"{S}/benchmarks/problems.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/make_problems_table.py {input.spec} --log {log} --ledger {output.ledger}"
        " --summaries {input.summaries} --training {input.training} --benchmarks {input.benchmarks}"
        " --out {output.out} --html {output.html}"


rule check_golds:
    input:
        spec=spec_of("golds.json"),
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
