# The page, and what it all took.


rule make_ledger:
    input:
        spec=job.spec("ledger"),
        entries=job.reads("ledger", "entries"),
        specs=job.reads("ledger", "specs"),
    output:
        out=table_data("ledger"),
        html=table_page("ledger", "Costs by job"),
    log:
        "<logs>/ledger.log",
    benchmark:
        "<benchmarks>/ledger.tsv"
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("ledger")
    resources:
        **job.needs("ledger"),
    shell:
        "python scripts/make_ledger.py {input.spec} --log {log}"
        " --entries {input.entries} --out {output.out} --html {output.html}"


rule make_report:
    input:
        spec=job.spec("report"),
        ablation=rules.make_ablation.output.json,
        comparisons=rules.compare_experiments.output.out,
        second_opinion=rules.compare_graders.output.out,
        completion_lengths=rules.measure_completions.output.csv,
        ledger=rules.make_ledger.output.out,
        contamination=rules.list_overlaps.output.json,
        evals=job.reads("report", "evals"),
        verdicts=job.reads("report", "verdicts"),
        samples=job.reads("report", "samples"),
        problems=job.reads("report", "problems"),
        votes=job.reads("report", "votes"),
        passes=job.reads("report", "passes"),
        metrics=job.reads("report", "metrics"),
        traces=job.reads("report", "traces"),
        lengths=job.reads("report", "lengths"),
        stages=job.reads("report", "stages"),
        best=job.reads("report", "best"),
        entries=job.reads("report", "entries"),
        specs=job.reads("report", "specs"),
    output:
        out=report(
            "<results>/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "The study on one page"},
        ),
        markdown="<results>/report.md",
        plots=report(
            directory("<results>/plots"),
            patterns=["{section}/{plot}.svg"],
            caption="../report/plots.rst",
            category="Plots",
            subcategory="{section}",
            labels={"plot": "{plot}"},
        ),
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("report")
    resources:
        **job.needs("report"),
    shell:
        "python scripts/make_report.py {input.spec} --log {log}"
        " --ablation {input.ablation} --comparisons {input.comparisons} --second_opinion {input.second_opinion}"
        " --costs {input.ledger} --votes {input.votes} --contamination {input.contamination}"
        " --training {input.metrics} --traces {input.traces} --lengths {input.lengths} --problems {input.problems}"
        " --best {input.best} --stages {input.stages}"
        " --passes {input.passes} --completion_lengths {input.completion_lengths}"
        " --out {output.out} --plots {output.plots} --markdown {output.markdown}"
