"""Programs as text: assemble and disassemble, both read from the same templates."""
