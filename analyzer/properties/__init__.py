"""The properties of an instruction, one file each: a short formula over one or two runs."""
