"""The filter that learns from decisions: training, switching it, and asking it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from moderation import bayes
from moderation.models import BayesFilter, BayesToken, Decision
from moderation.models.learning import FEWEST_THINGS
from moderation.registry import Kind, kinds
from moderation.services.audit import record
from moderation.states import Action, State

TAKEN_DOWN = frozenset({Action.HIDE, Action.REMOVE})
LEFT = frozenset({Action.PUBLISH})
# It learns from so many things of each kind, those decided last.
MOST_THINGS = 20_000
AT_ONCE = 500
# So many words a moderator is shown.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Resemblance:
    """What the filter says of a text: the score, and the words that weighed most. It holds nothing while it is off."""

    score: float = 0.0
    words: Sequence[tuple[str, float]] = ()
    is_on: bool = False

    @property
    def counts(self) -> float:
        """The score where it may hold something, else nothing."""
        return self.score if self.is_on else 0.0


def resemblance_of(texts: Iterable[str]) -> Resemblance | None:
    """Return how much a text resembles what moderators took down, or None: the filter did not learn enough.

    Two queries at most.
    """
    learned = BayesFilter.objects.first()
    if learned is None or not learned.knows_enough:
        return None
    words = bayes.words_in(texts)
    weights = dict(BayesToken.objects.filter(word__in=words).values_list("word", "weight"))
    return Resemblance(bayes.score(weights), bayes.telling(weights)[:SHOWN], learned.is_on)


def resembles(texts: Iterable[str]) -> float:
    """Return the score of a text that is to be posted; 0 while the filter is off, or knows too little."""
    found = resemblance_of(texts)
    return found.counts if found else 0.0


# --- Training --------------------------------------------------------------------------------------------------------


class _Tally:
    """Words of decided things, each counted once for a thing; of whom they are only until there are enough people."""

    def __init__(self) -> None:
        self.things: Counter[bool] = Counter()
        self.counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        self.authors: dict[str, set[int | None]] = defaultdict(set)

    def add(self, words: Iterable[str], *, is_down: bool, author: int | None) -> None:
        self.things[is_down] += 1
        for word in words:
            self.counts[is_down][word] += 1
            if len(self.authors[word]) < FEWEST_THINGS:
                # All whom nobody knows count as one person.
                self.authors[word].add(author)

    def tokens(self) -> Iterator[BayesToken]:
        """Yield the words that enough things of enough people have."""
        down, kept = self.counts[True], self.counts[False]
        for word in sorted(word for word, people in self.authors.items() if len(people) >= FEWEST_THINGS):
            weighs = bayes.weight(down[word], kept[word], of_down=self.things[True], of_kept=self.things[False])
            yield BayesToken(word=word, down_count=down[word], kept_count=kept[word], weight=weighs)


@transaction.atomic
def train_filter(*, moderator: User | None = None) -> BayesFilter:
    """Learn anew from all that people decided last: the words of before go, those of now come, in one transaction.

    What was erased, withdrawn, or changed by its author since, is not learned. The same decisions give the same words.
    """
    learned = _locked()
    tally = _Tally()
    for kind in kinds():
        if kind.own_words:
            for thing, decision in _decided(kind):
                words = bayes.words_in(kind.own_words(thing)) - bayes.words_in(kind.describe(thing).names)
                tally.add(words, is_down=decision.action in TAKEN_DOWN, author=decision.author_id)
    BayesToken.objects.all().delete()
    BayesToken.objects.bulk_create(tally.tokens(), batch_size=1000)
    learned.down_count, learned.kept_count = tally.things[True], tally.things[False]
    learned.trained_at = timezone.now()
    learned.save(update_fields=["down_count", "kept_count", "trained_at"])
    if moderator:
        counts = {"down": learned.down_count, "kept": learned.kept_count}
        record("filter.train", actor=moderator, subject=learned, after=counts)
    return learned


def _locked() -> BayesFilter:
    BayesFilter.objects.get_or_create(pk=1)
    return BayesFilter.objects.select_for_update(no_key=True).get(pk=1)


def _decided(kind: Kind) -> Iterator[tuple[Any, Decision]]:
    """Yield things that say still what was decided on, with the last decision that a person made on each."""
    last = Decision.objects.by_people().filter(subject_kind=kind.label, action__in=TAKEN_DOWN | LEFT | {Action.ASK})
    keys = last.order_by("subject_id", "-pk").distinct("subject_id").values("pk")
    found = Decision.objects.filter(pk__in=keys, action__in=TAKEN_DOWN | LEFT).order_by("-pk")[:MOST_THINGS]
    decisions = found.only("action", "subject_id", "author", "decided_at").iterator()
    while some := list(islice(decisions, AT_ONCE)):
        things = kind.many().in_bulk([each.subject_id for each in some])
        for decision in some:
            thing = things.get(decision.subject_id)
            if thing and _says_the_same_still(kind, thing, decision):
                yield thing, decision


def _says_the_same_still(kind: Kind, thing: Any, decision: Decision) -> bool:
    changed = kind.changed_at(thing)
    is_there = kind.state_of(thing) != State.WITHDRAWN and not getattr(thing, "erased_at", None)
    return is_there and (changed is None or changed <= decision.decided_at)


@transaction.atomic
def switch_filter(*, is_on: bool, moderator: User) -> BayesFilter:
    """Let the filter hold what resembles, or let it hold nothing; safe to repeat."""
    learned = _locked()
    if learned.is_on != is_on:
        learned.is_on = is_on
        learned.save(update_fields=["is_on"])
        record("filter.switch", actor=moderator, subject=learned, before={"on": not is_on}, after={"on": is_on})
    return learned
