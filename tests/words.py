"""What pages of words hold: links, headings, code, and the commands that a reader types from them."""

import re
import shlex
import textwrap
from pathlib import Path

from emotions.experiments.runs import RUNS, options, read_runs
from tests.tiny import ROOT

PAGES = [
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "data/README.md", "data/raw/*/README.md", "results/README.md")
    for path in sorted(ROOT.glob(pattern))
]
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SHELL = ("", "sh", "console")  # languages of a block whose lines are typed; text, python, yaml and others are not
PROGRAMS = ("make", "dvc", "python", "torchrun")
COMMAND = re.compile(rf"([A-Z_]+=\S+ )*({'|'.join(PROGRAMS)})( |$)")  # what a span of code is if it is a command


def text_of(page: Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str, languages: tuple[str, ...]) -> list[str]:
    """Return the blocks of code in these languages, lines continued by a backslash joined."""
    return [
        textwrap.dedent(body).replace("\\\n", " ") for language, body in BLOCK.findall(text) if language in languages
    ]


def spans(text: str) -> list[str]:
    """Return the spans of code in the sentences of a page."""
    return re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))


def links(text: str) -> list[str]:
    """Return the targets of a page's links and pictures that lie in the project."""
    prose = re.sub(r"`[^`\n]+`", "", BLOCK.sub("", text))
    found = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target for target in found if not target.startswith(("http:", "https:"))]


def anchors(text: str) -> set[str]:
    """Return the names by which GitHub links to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def typed(block: str) -> str:
    """Return what is typed of a block: the lines after `$ ` where some have that, all of it elsewhere."""
    prompted = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(prompted) if prompted else block


def substituted(shell: str) -> tuple[str, list[str]]:
    """Return shell text without $(...), and what stood in these; the settings of a recorded run stand in its place."""
    inner = re.findall(r"\$\(([^()]*)\)", shell)

    def output(found: re.Match) -> str:
        run = re.fullmatch(r"python -m emotions runs (\S+)", found[1])
        settings = read_runs(ROOT / RUNS).get(run[1], {}) if run else {}
        return " ".join(options(settings))

    return re.sub(r"\$\(([^()]*)\)", output, shell), inner


def commands(shell: str) -> list[list[str]]:
    """Return the words of each simple command of shell text; a loop runs once, with its first value."""
    shell = re.sub(r"<(\w+)>", r"\1", shell)  # a place to fill, not a redirection
    for variable, first in re.findall(r"\bfor (\w+) in (\S+)[^;\n]*;", shell):
        shell = shell.replace(f"${variable}", first)
    shell, inner = substituted(shell)
    found = [words for text in inner for words in commands(text)]
    for line in shell.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word.strip(";&|"):
                words.append(word)
            elif words := without_shell(words):
                found.append(words)
                words = []
    return found


def without_shell(words: list[str]) -> list[str]:
    """Return a command's own words: no assignment before it, no word of a loop, no redirection after it."""
    while words and (words[0] == "do" or re.match(r"[A-Z_0-9]+=", words[0])):
        words = words[1:]
    if words[:1] in (["for"], ["done"]):
        return []
    return words[: next((place for place, word in enumerate(words) if word in (">", ">>", "<")), None)]


def typed_commands(page: Path) -> list[list[str]]:
    """Return every command in a page's blocks."""
    return [words for block in blocks(text_of(page), SHELL) for words in commands(typed(block))]


def mentioned_commands(page: Path) -> list[list[str]]:
    """Return every command in a page's sentences, which may leave out what is given to it."""
    found = [words for span in spans(text_of(page)) if COMMAND.match(span) for words in commands(span)]
    return [words for words in found if words[0] in PROGRAMS]
