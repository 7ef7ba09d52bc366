"""IR to terms, terms to Z3: summaries of instructions, runs, and the one door to the solver."""
