"""Reports as HTML: one file, without network or foreign scripts; a page, its index, and fragments for notebooks."""

from __future__ import annotations

from analyzer.report.html.page import page as render

__all__ = ["render"]
