# The page, and what it all took.


rule make_ledger:
    input:
        spec=spec_of("ledger.json"),
        entries=PLAN.ledger_entries(),
    output:
        out=table_data("ledger"),
        html=table_page("ledger", "Costs by job"),
    log:
        f"{S}/logs/ledger.log",
    benchmark:
        f"{S}/benchmarks/ledger.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/make_ledger.py {input.spec} --log {log}"
        " --entries {input.entries} --out {output.out} --html {output.html}"


rule make_report:
    input:
        spec=spec_of("report.json"),
        ablation=f"{S}/ablation.json",
        comparisons=f"{S}/comparisons.csv",
        second_opinion=f"{S}/second_opinion.json",
        ledger=f"{S}/ledger.csv",
        votes=PLAN.vote_tables(),
        contamination=f"{S}/contamination.json",
        metrics=PLAN.all_models(),
        traces=[f"{S}/traces/{name}.summary.json" for name in PLAN.trace_sets()],
        lengths=PLAN.length_files(),
    output:
        out=report(
            f"{S}/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "The study on one page"},
        ),
        plots=report(
            directory(f"{S}/plots"),
            patterns=["{section}/{plot}.svg"],
            caption="../report/plots.rst",
            category="Plots",
            subcategory="{section}",
            labels={"plot": "{plot}"},
        ),
    log:
        f"{S}/logs/report.log",
    benchmark:
        f"{S}/benchmarks/report.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/make_report.py {input.spec} --log {log}"
        " --ablation {input.ablation} --out {output.out} --plots {output.plots}"
