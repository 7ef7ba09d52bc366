"""`python -m analyzer` is the command `vmmcheck`."""

from analyzer.cli import main

main()
