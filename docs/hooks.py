"""What the site has beside this folder: the README, CONTRIBUTING and the machines' READMEs, each where it is written.

Links between them and the pages of this folder are those of the repository, so that all can be read there, too; here
they are turned into links of the site. What is no page is named instead.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = "docs"
BESIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "tests/oracle/README.md": "oracle.md",
    **{f"isa_specs/{path.parent.name}/README.md": f"machines/{path.parent.name}.md"
       for path in sorted((ROOT / "isa_specs").glob("*/README.md"))},
}  # fmt: skip
WRITTEN = {page: path for path, page in BESIDE.items()}
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:]+)(#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written elsewhere."""
    for path, page in BESIDE.items():
        files.append(File.generated(config, page, content=(ROOT / path).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The page with links of the site; sessions that take long look like others."""
    own = page.file.src_uri
    folder = Path(WRITTEN.get(own, f"{DOCS}/{own}")).parent

    def link(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        path = os.path.normpath(folder / target)
        to = BESIDE.get(path, path.removeprefix(f"{DOCS}/") if path.startswith(f"{DOCS}/") else "")
        if not to or files.get_file_from_path(to) is None:
            return text if path in text else f"{text} (`{path}`)"
        return f"[{text}]({os.path.relpath(to, Path(own).parent)}{anchor})"

    return LINK.sub(link, markdown).replace("```console nightly", "```console")
