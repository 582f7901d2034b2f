# What a build would need, told before it begins.


# Prints tables and runs nothing else: neither models nor pins nor a key have to be there.
rule plan:
    log:
        f"{S}/logs/plan.log",
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    params:
        results=S,
        planned=PLANNED.folder,
        # No output, so that it always runs.
        gpu_mem_mb=workflow.global_resources["gpu_mem_mb"].value if "gpu_mem_mb" in workflow.global_resources else 0,
    shell:
        "python scripts/plan_memory.py {params.results} --planned {params.planned} --gpu-mem-mb {params.gpu_mem_mb} | tee {log}"
