# The gate between what is trained on and what is measured on.
#
# Every training set gets a verdict, which training and sampling obey; gate.smk says how they wait for it.


wildcard_constraints:
    kind="problems|traces",
    suffix="parquet|jsonl",


rule find_overlaps:
    input:
        spec=spec_of("contamination/{kind}/{set}.json"),
        training=lambda w: PLAN.training_file(w.kind, w.set),
        benchmarks=PLAN.measured_problems(),
    output:
        out=f"{S}/contamination/{{kind}}/{{set}}.json",
        ledger=f"{S}/ledger/contamination/{{kind}}/{{set}}.json",
    log:
        f"{S}/logs/contamination/{{kind}}/{{set}}.log",
    benchmark:
        f"{S}/benchmarks/contamination/{{kind}}/{{set}}.tsv"
    # Before anything expensive: a leak should stop the build in its first seconds.
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/find_overlaps.py {input.spec} --log {log} --ledger {output.ledger}"
        " --training {input.training} --benchmarks {input.benchmarks} --out {output.out}"


checkpoint judge_training_set:
    input:
        spec=spec_of("contamination/{kind}/{set}.gate.json"),
        found=f"{S}/contamination/{{kind}}/{{set}}.json",
    output:
        out=f"{S}/contamination/{{kind}}/{{set}}.gate.json",
        ledger=f"{S}/ledger/contamination/{{kind}}/{{set}}.gate.json",
    log:
        f"{S}/logs/contamination/{{kind}}/{{set}}.gate.log",
    benchmark:
        f"{S}/benchmarks/contamination/{{kind}}/{{set}}.gate.tsv"
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/judge_training_set.py {input.spec} --log {log} --ledger {output.ledger}"
        " --found {input.found} --out {output.out}"


checkpoint drop_overlaps:
    input:
        spec=spec_of("contamination/{kind}/{set}.clean.{suffix}.json"),
        found=f"{S}/contamination/{{kind}}/{{set}}.json",
        training=f"{S}/{{kind}}/{{set}}.{{suffix}}",
    output:
        out=f"{S}/{{kind}}/{{set}}.clean.{{suffix}}",
        ledger=f"{S}/ledger/contamination/{{kind}}/{{set}}.clean.{{suffix}}.json",
    log:
        f"{S}/logs/contamination/{{kind}}/{{set}}.clean.{{suffix}}.log",
    benchmark:
        f"{S}/benchmarks/contamination/{{kind}}/{{set}}.clean.{{suffix}}.tsv"
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/drop_overlaps.py {input.spec} --log {log} --ledger {output.ledger}"
        " --found {input.found} --training {input.training} --out {output.out}"


rule compare_benchmarks:
    input:
        spec=spec_of("contamination/benchmarks.json"),
        benchmarks=PLAN.measured_problems(),
    output:
        out=f"{S}/contamination/benchmarks.json",
        ledger=f"{S}/ledger/contamination/benchmarks.json",
    log:
        f"{S}/logs/contamination/benchmarks.log",
    benchmark:
        f"{S}/benchmarks/contamination/benchmarks.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/compare_benchmarks.py {input.spec} --log {log} --ledger {output.ledger}"
        " --benchmarks {input.benchmarks} --out {output.out}"


rule list_overlaps:
    input:
        spec=spec_of("contamination.json"),
        training=PLAN.gates.found(),
        benchmarks=f"{S}/contamination/benchmarks.json",
    output:
        json=f"{S}/contamination.json",
        csv=table_data("contamination"),
        html=table_page("contamination", "Contamination"),
        ledger=f"{S}/ledger/contamination.json",
    log:
        f"{S}/logs/contamination.log",
    benchmark:
        f"{S}/benchmarks/contamination.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/list_overlaps.py {input.spec} --log {log} --ledger {output.ledger}"
        " --training {input.training} --benchmarks {input.benchmarks}"
        " --json {output.json} --csv {output.csv} --html {output.html}"
