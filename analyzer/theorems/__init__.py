"""What the instructions' properties say about the whole machine."""
