"""Write scripts/gradus/evaluation/COVERAGE.md. Run by hand (`make docs`) after a change to an interval or a test."""

from pathlib import Path

from gradus.evaluation import coverage_page
from gradus.provenance.files import write_text


def main() -> None:
    write_text(Path(coverage_page.__file__).with_name("COVERAGE.md"), coverage_page.coverage_page())


if __name__ == "__main__":
    main()
