"""Write INTERVAL_COVERAGE.md: run `make docs` after a change to an interval or a test."""

from pathlib import Path

from gradus.evaluation.coverage import page as interval_coverage_page
from gradus.provenance.files import write_text


def main() -> None:
    write_text(
        Path(interval_coverage_page.__file__).with_name("INTERVAL_COVERAGE.md"), interval_coverage_page.coverage_page()
    )


if __name__ == "__main__":
    main()
