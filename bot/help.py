"""How `--help` looks: whole sentences, examples, and the settings in one place."""

from __future__ import annotations

import sys

import click

from bot.settings import DEFAULT_HOME, Setting

SETTINGS = (
    "Give them before or after the command, or in the environment: QUOTEWISE_HOME, "
    "QUOTEWISE_ALLOW_HOSTS and so on.\n\n"
    f"Without --home, all data is in {DEFAULT_HOME}."
)
SEE_SETTINGS = "Settings such as --library: see quotewise --help."

EXIT_STATUSES = [
    ("0", "Done."),
    ("1", "Something failed; a line says what."),
    ("2", "The command line was not understood."),
    ("130", "Interrupted by Ctrl-C."),
]

EXAMPLES = {
    "": [
        "quotewise add https://news.example/story report.pdf notes/",
        'quotewise ask "Who found the moon beyond Neptune?"',
        "quotewise chat --samples",
    ],
    "add": [
        "quotewise add report.pdf notes/",
        "quotewise add --quiet articles.jsonl",
        "quotewise add https://news.example/story",
        "quotewise add - < letter.txt",
    ],
    "articles": ["quotewise articles", "quotewise articles ferry"],
    "ask": [
        'quotewise ask "Who found the moon beyond Neptune?"',
        'quotewise ask --source "The Harbour Post" "How many people were injured?"',
        'quotewise ask --export answer.json "Who found the moon beyond Neptune?"',
        "quotewise ask --json < questions.txt",
    ],
    "backup": ["quotewise backup quotewise.zip"],
    "chat": ["quotewise chat --samples", "quotewise chat < questions.txt"],
    "completion": [
        "echo 'eval \"$(quotewise completion bash)\"' >> ~/.bashrc",
        "echo 'eval \"$(quotewise completion zsh)\"' >> ~/.zshrc",
        "quotewise completion fish > ~/.config/fish/completions/quotewise.fish",
    ],
    "doctor": ["quotewise doctor"],
    "evaluate": ["quotewise evaluate bot/samples"],
    "feed": ["quotewise feed add https://news.example/", "quotewise feed poll"],
    "feed add": ["quotewise feed add https://news.example/", "quotewise feed add feeds.opml"],
    "feed list": ["quotewise feed list", "quotewise feed list --opml > feeds.opml"],
    "feed poll": ["quotewise feed poll", "quotewise feed poll --all-now"],
    "feed remove": ["quotewise feed remove https://news.example/feed.xml"],
    "mcp": ["quotewise mcp", "quotewise mcp --allow-add notes/"],
    "migrate": [
        "quotewise migrate news/ postgresql://ann@db.example/news",
        "quotewise migrate postgresql://ann@db.example/news copy/",
    ],
    "proof": [
        "quotewise proof answer.json",
        'quotewise ask --json "Who found the moon beyond Neptune?" | quotewise proof -',
    ],
    "rebuild": ["quotewise rebuild"],
    "remove": ["quotewise remove ferry-inquiry"],
    "restore": ["quotewise restore backup.zip --replace"],
    "schema": ["quotewise schema ask", "quotewise schema > schemas.json"],
    "show": ["quotewise show ferry-inquiry", "quotewise show ferry-inquiry --json"],
    "telegram": ["quotewise telegram", "quotewise telegram --health-port 8081"],
    "verify": ["quotewise verify"],
    "watch": ["quotewise watch notes/", "quotewise watch --once notes/"],
}
"""Lines that may be typed, by the names of commands."""


class Command(click.Command):
    """A command whose help has examples."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence, however long: lists of commands wrap it."""
        return super().get_short_help_str(sys.maxsize)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        if ctx.parent and any(isinstance(option, Setting) for option in self.params):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(SEE_SETTINGS)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if lines := EXAMPLES.get(ctx.command_path.partition(" ")[2]):
            with formatter.section("Examples"):
                formatter.write_text("\n".join(["\b", *lines]))


class Group(Command, click.Group):
    command_class = Command


class CommandLine(Group):
    """All commands; the help describes the settings and the exit statuses, too."""

    group_class = Group

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        settings = [option for option in self.params if isinstance(option, Setting)]
        with formatter.section("Settings"):
            formatter.write_dl([setting.description(ctx) for setting in settings])
            formatter.write_paragraph()
            formatter.write_text(SETTINGS)
        with formatter.section("Exit status"):
            formatter.write_dl(EXIT_STATUSES)
