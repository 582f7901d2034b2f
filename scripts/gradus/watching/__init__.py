"""What is told of a build while it runs: lines, a view on the terminal, and a page for a browser.

`state` follows Snakemake's records, `time_left` what they say of the time; `lines`, `terminal` and `page` show it, and
`begin` chooses among them.
"""
