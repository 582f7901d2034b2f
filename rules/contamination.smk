# The gate between what is trained on and what is measured on.
#
# Every training set gets a verdict, which training and sampling obey; gate.smk says how they wait for it.


rule find_overlaps:
    input:
        spec=job.spec("contamination/{kind}/{set}"),
        training=job.reads("contamination/{kind}/{set}", "training"),
        benchmarks=job.reads("contamination/{kind}/{set}", "benchmarks"),
    output:
        out="<results>/contamination/{kind}/{set}.json",
        ledger="<results>/ledger/contamination/{kind}/{set}.json",
    log:
        "<logs>/contamination/{kind}/{set}.log",
    benchmark:
        "<benchmarks>/contamination/{kind}/{set}.tsv"
    wildcard_constraints:
        kind="problems|traces|corpora",
    # Before anything expensive: a leak should stop the build in its first seconds.
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("contamination/{kind}/{set}")
    resources:
        **job.needs("contamination/{kind}/{set}"),
    shell:
        "python scripts/find_overlaps.py {input.spec} --log {log} --ledger {output.ledger}"
        " --training {input.training} --benchmarks {input.benchmarks} --out {output.out}"


# A text is read from where it is, and may be larger than memory.
rule search_text:
    input:
        spec=job.spec("contamination/texts/{set}"),
        training=job.reads("contamination/texts/{set}", "training"),
        benchmarks=job.reads("contamination/texts/{set}", "benchmarks"),
    output:
        out="<results>/contamination/texts/{set}.json",
        ledger="<results>/ledger/contamination/texts/{set}.json",
    log:
        "<logs>/contamination/texts/{set}.log",
    benchmark:
        "<benchmarks>/contamination/texts/{set}.tsv"
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("contamination/texts/{set}")
    resources:
        **job.needs("contamination/texts/{set}"),
    params:
        training=job.files("contamination/texts/{set}", "training"),
    shell:
        "python scripts/search_text.py {input.spec} --log {log} --ledger {output.ledger}"
        " --training {params.training:q} --benchmarks {input.benchmarks} --out {output.out}"


checkpoint judge_training_set:
    input:
        spec=job.spec("contamination/{kind}/{set}.gate"),
        found=rules.find_overlaps.output.out,
    output:
        out="<results>/contamination/{kind}/{set}.gate.json",
        ledger="<results>/ledger/contamination/{kind}/{set}.gate.json",
    log:
        "<logs>/contamination/{kind}/{set}.gate.log",
    benchmark:
        "<benchmarks>/contamination/{kind}/{set}.gate.tsv"
    priority: 100
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("contamination/{kind}/{set}.gate")
    resources:
        **job.needs("contamination/{kind}/{set}.gate"),
    shell:
        "python scripts/judge_training_set.py {input.spec} --log {log} --ledger {output.ledger}"
        " --found {input.found} --out {output.out}"


checkpoint drop_overlaps:
    input:
        spec=job.spec("contamination/{kind}/{set}.clean.{suffix}"),
        found=rules.find_overlaps.output.out,
        training=job.reads("contamination/{kind}/{set}.clean.{suffix}", "training"),
    output:
        out="<results>/{kind}/{set}.clean.{suffix}",
        ledger="<results>/ledger/contamination/{kind}/{set}.clean.{suffix}.json",
    log:
        "<logs>/contamination/{kind}/{set}.clean.{suffix}.log",
    benchmark:
        "<benchmarks>/contamination/{kind}/{set}.clean.{suffix}.tsv"
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("contamination/{kind}/{set}.clean.{suffix}")
    resources:
        **job.needs("contamination/{kind}/{set}.clean.{suffix}"),
    shell:
        "python scripts/drop_overlaps.py {input.spec} --log {log} --ledger {output.ledger}"
        " --found {input.found} --training {input.training} --out {output.out}"


rule compare_benchmarks:
    input:
        spec=job.spec("contamination/benchmarks"),
        benchmarks=job.reads("contamination/benchmarks", "benchmarks"),
    output:
        out="<results>/contamination/benchmarks.json",
        ledger="<results>/ledger/contamination/benchmarks.json",
    log:
        "<logs>/contamination/benchmarks.log",
    benchmark:
        "<benchmarks>/contamination/benchmarks.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("contamination/benchmarks")
    resources:
        **job.needs("contamination/benchmarks"),
    shell:
        "python scripts/compare_benchmarks.py {input.spec} --log {log} --ledger {output.ledger}"
        " --benchmarks {input.benchmarks} --out {output.out}"


rule list_overlaps:
    input:
        spec=job.spec("contamination"),
        training=job.reads("contamination", "training"),
        benchmarks=rules.compare_benchmarks.output.out,
    output:
        json="<results>/contamination.json",
        csv=table_data("contamination"),
        html=table_page("contamination", "Contamination"),
        ledger="<results>/ledger/contamination.json",
    log:
        "<logs>/contamination.log",
    benchmark:
        "<benchmarks>/contamination.tsv"
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("contamination")
    resources:
        **job.needs("contamination"),
    shell:
        "python scripts/list_overlaps.py {input.spec} --log {log} --ledger {output.ledger}"
        " --training {input.training} --benchmarks {input.benchmarks}"
        " --json {output.json} --csv {output.csv} --html {output.html}"
