"""The rules as they stand in the database, compiled once for each state of them."""

import logging
from collections.abc import Iterable

from django.db import ProgrammingError, connection

from moderation.emergency import Rule, Screen
from moderation.emergency_rules import LISTS, RULES
from moderation.evidence import SWITCH, SwitchError, Weights, shipped_weights, weights_by
from moderation.models import ScreenRule, ScreenWords

logger = logging.getLogger(__name__)

# Every edit of a row changes its xmin, so no path can forget to say that the rules have changed.
_STATE = f"""
    SELECT (SELECT string_agg(id || ' ' || xmin, ',' ORDER BY id) FROM {ScreenRule._meta.db_table}),
           (SELECT string_agg(id || ' ' || xmin, ',' ORDER BY id) FROM {ScreenWords._meta.db_table})
"""
_State = tuple[str | None, str | None]
_kept: tuple[_State, Screen] | None = None
_shipped: Screen | None = None


def current_screen() -> Screen:
    """Return the screen by the rules as they are now.

    A table without any rule means the shipped ones, and so does a list of words that is not there: nobody can leave
    the site without a screen by deleting rows.
    """
    global _kept  # noqa: PLW0603
    try:
        state = _read_state()
    except ProgrammingError:  # The tables are not made yet.
        return shipped_screen()
    if state[0] is None and state[1] is None:
        return shipped_screen()
    kept = _kept
    if kept is None or kept[0] != state:
        lists = current_lists()
        weights = _weights_by(lists.pop(SWITCH, ""))
        screen = Screen(_rules_of(ScreenRule.objects.all()), lists, weights=weights, strict=False)
        for rule, why in screen.left_out:
            logger.error("The screen leaves out the rule %s/%s: %s", rule.family, rule.name, why)
        kept = _kept = state, screen
    return kept[1]


def shipped_screen() -> Screen:
    """Return the screen by the rules and weights that are shipped."""
    global _shipped  # noqa: PLW0603
    if _shipped is None:
        _shipped = Screen(RULES, LISTS, weights=shipped_weights())
    return _shipped


def _weights_by(switch: str) -> Weights | None:
    try:
        return weights_by(switch)
    except SwitchError:  # The form refuses such a switch; what came in another way turns nothing off.
        logger.error("The list %s is not understood: the second layer holds as shipped.", SWITCH)
        return shipped_weights()


def current_lists() -> dict[str, str]:
    """Return the lists of words by name: those of the database, and the shipped ones that are not there."""
    return LISTS | dict(ScreenWords.objects.values_list("name", "phrases"))


def current_rules(without: int | None = None) -> list[Rule]:
    """Return the rules that hold now, without the row that is being edited."""
    rows = ScreenRule.objects.all()
    return list(_rules_of(rows.exclude(pk=without) if without else rows))


def rule_of(row: ScreenRule) -> Rule:
    """Return what a row says as a rule."""
    return Rule(
        row.family,
        row.name,
        tuple(line.strip() for line in row.patterns.splitlines() if line.strip()),
        row.unless,
        row.within,
        row.heeds_negation,
        row.heeds_past,
        row.heeds_supposition,
    )


def _read_state() -> _State:
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        rules, words = cursor.fetchone()
        return rules, words


def _rules_of(rows: Iterable[ScreenRule]) -> Iterable[Rule]:
    rows = list(rows)
    if not rows:
        return RULES
    return [rule_of(row) for row in rows if row.is_active]
