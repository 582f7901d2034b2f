"""Grade a file of answers: python scripts/grade.py IN.jsonl OUT.jsonl [--jobs N]. docs/commands.md shows how."""

from gradus.grading.command import main

if __name__ == "__main__":
    main()
