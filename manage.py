#!/usr/bin/env python
"""Django's commands, with the embedded PostgreSQL started for those that need a database."""

import os
import sys

from django.core.management import execute_from_command_line

from qa_forum import embedded_postgres

WITHOUT_DATABASE = {
    "collectstatic",
    "compilemessages",
    "findstatic",
    "help",
    "makemessages",
    "startapp",
    "version",
}


def needs_database(arguments: list[str]) -> bool:
    """Tell whether a command line runs a command that may ask the database."""
    if not arguments or arguments[0].startswith("-") or {"--help", "-h", "--version"} & set(arguments):
        return False
    if arguments[0] == "check":
        return any(argument.startswith("--database") for argument in arguments)
    return arguments[0] not in WITHOUT_DATABASE


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qa_forum.settings")
    if embedded_postgres.is_used() and needs_database(sys.argv[1:]):
        try:
            embedded_postgres.ensure_running()
        except embedded_postgres.EmbeddedPostgresError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
