"""Monitors: they run guests on a simulated machine, which may itself be a virtual one."""

BARE, TRAP_AND_EMULATE, HYBRID = "bare", "trap-and-emulate", "hybrid"
WAYS = (BARE, TRAP_AND_EMULATE, HYBRID)  # to run a guest
TRAP, CONFIGURE, ASSIST, PARAVIRT, TRANSLATE = "trap", "configure", "assist", "paravirt", "translate"
REMEDIED = (ASSIST, PARAVIRT, TRANSLATE)  # to run a guest with a remedy, which an analysis has to find first
RUNNING = (TRAP, *REMEDIED)  # a machine, or guests, with a remedy
REMEDIES = (TRAP, CONFIGURE, *REMEDIED, HYBRID)
