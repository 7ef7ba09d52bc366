"""Encodings: patterns, forms, overlap, encode and decode."""
