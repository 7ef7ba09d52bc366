"""`python -m analyzer` is the command `vmmcheck`."""

from __future__ import annotations

import sys


def main() -> None:
    """The command, which can be interrupted while it is loaded, too."""
    try:
        from analyzer.cli import main as command

        command()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
