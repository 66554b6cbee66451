"""Says how good the search is, by judged queries."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.models import Question
from questions.search.meaning import why_not
from questions.search.measure import (
    Figures,
    Judged,
    Ranking,
    by_both,
    by_meaning,
    by_plain,
    by_words,
    gain,
    mean,
    measure_each,
)


class Command(BaseCommand):
    """Reads JSON lines ``{"query", "relevant": {"question id as imported": grade}}`` and prints means over them."""

    help = "Prints recall@10, MRR and nDCG@10 of the search, by words, by meaning and by both, for judged queries."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file, and which of its lines."""
        parser.add_argument("file", type=Path, help="JSON lines with query and relevant")
        parser.add_argument("--plain", action="store_true", help="also PostgreSQL's own query and rank, to compare")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--held-out", action="store_true", help="only every third line, which nobody tuned by")
        which.add_argument("--tuning", action="store_true", help="only the other lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print a table."""
        lines = self._lines(options["file"])
        if options["held_out"] or options["tuning"]:
            lines = [line for place, line in enumerate(lines, 1) if (place % 3 == 0) == options["held_out"]]
        judged = list(self._judged(lines))
        if not judged:
            raise CommandError("No query of the file has a question that was imported here.")
        self.stdout.write(f"{len(judged)} queries, {len(lines) - len(judged)} left out: their questions are not here")
        self.stdout.write(f"{'':8} recall@10     MRR  nDCG@10")
        rankings: dict[str, Ranking] = {"plain": by_plain} if options["plain"] else {}
        rankings |= {"words": by_words, "meaning": by_meaning, "both": by_both}
        each = {name: measure_each(judged, ranking) for name, ranking in rankings.items()}
        for name, figures in each.items():
            self._say(name, figures)
        if each["words"] and each["both"]:
            more, low, high = gain(each["both"], each["words"])
            self.stdout.write(f"both over words: nDCG@10 {more:+.3f}, 95 % of resamples {low:+.3f} to {high:+.3f}")

    def _say(self, name: str, each: list[Figures] | None) -> None:
        told = f"not available: {why_not()}"
        if each is not None:
            figures = mean(each)
            told = f"{figures.recall:9.3f}  {figures.mrr:6.3f}  {figures.ndcg:7.3f}"
        self.stdout.write(f"{name:8} {told}")

    def _lines(self, path: Path) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: {type(error).__name__}: not a file of JSON lines.") from None

    def _judged(self, lines: list[dict[str, Any]]) -> Iterator[Judged]:
        """Yield each query with the keys that its questions have here, where all of them were imported."""
        names = {name for line in lines for name in line["relevant"]}
        keys = dict(Question.objects.visible().filter(external_id__in=names).values_list("external_id", "pk"))
        for line in lines:
            relevant = {keys[name]: grade for name, grade in line["relevant"].items() if name in keys and grade > 0}
            if relevant:
                yield Judged(line["query"], relevant)
