# What the rules of several files share.


def table_page(name, title):
    """A table as a page, which `snakemake --report` opens."""
    return report(
        f"<results>/tables/{name}.html", caption=f"../report/{name}.rst", category="Tables", labels={"table": title}
    )


def table_data(name):
    """A table as CSV, which `snakemake --report` offers to save."""
    return report(
        f"<results>/{name}.csv", caption=f"../report/{name}.rst", category="Data", labels={"file": f"{name}.csv"}
    )
