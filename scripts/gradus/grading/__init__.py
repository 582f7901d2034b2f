"""Is an answer right? EXTRACTION.md and POLICY.md have the rules; `verdict` is what other packages call.

1. `extraction` finds the answer in a completion (`boxes`, `formulas`, `thoughts`).
2. `parser` turns an answer into a `tree`: `spelling` normalizes it (`characters`, `environments`), `remarks` are
   removed, and `tokens` are parsed by a chain of classes, each with larger constructs than the one before: `reader`,
   `counting`, `commands`, `atoms`, `expressions`, `worded`, `arrangements`, `relational`.
3. `interpret` turns a tree into a `form` by the policy (`relations`, `realsets`, `units`, `names`, `phrases`).
   Expressions are mapped into a finite `field` (`field_map`, `image`, `angles`, `factorials`, `sums`).
4. `compare` compares two forms (`values`, `scales`, `rounding`, `pairing`, `numeric`). `equivalence` joins 2 to 4; no
   process is started for that, and most answers take microseconds.
5. `bounded` asks SymPy in a worker process, within limits, if these layers cannot decide.

`rows` grades JSONL files, for the command (`command`). README.md is that of the package `gradus-grade`, which has this
room alone.
"""
