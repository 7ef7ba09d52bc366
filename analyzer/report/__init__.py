"""What a person or a program gets to see: one model, one renderer per format."""
