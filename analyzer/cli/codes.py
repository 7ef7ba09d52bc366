"""Exit codes: the first of 4, 2, 1, 3 that applies.

0 done, 1 a requirement failed, 2 the input or the command line is wrong, 3 an answer is unknown, 4 internal error,
130 interrupted, 141 the reader of the output went away.
"""

FAILED, WRONG_INPUT, UNDECIDED, INTERNAL, INTERRUPTED = 1, 2, 3, 4, 130
