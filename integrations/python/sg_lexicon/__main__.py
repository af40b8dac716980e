# SPDX-License-Identifier: MIT
"""`python -m sg_lexicon EXPORT < FILE.jsonl` prints the mask of each line's `token_ids`."""

import json
import sys

from .matcher import PlanningMatcher


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m sg_lexicon EXPORT < FILE.jsonl   (lines with token_ids)")
    matcher = PlanningMatcher.load(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(matcher.mask(json.loads(line)["token_ids"]), separators=(",", ":")))


if __name__ == "__main__":
    main()
