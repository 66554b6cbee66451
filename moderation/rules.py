"""The rules for posts. Their numbers are public and stay: decisions quote them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number, a short title and what it asks."""

    number: int
    title: str
    words: str


RULES = (
    Rule(1, "Be kind", "Disagree with what was said, never with who said it. No insults, threats or mockery."),
    Rule(
        2,
        "Keep people private",
        "No names, addresses, numbers or pictures of patients or staff, and nothing that lets a reader work them out.",
    ),
    Rule(
        3,
        "Write what you can stand for",
        "Doctors answer under their own name and within what they know. Patients write what happened to them.",
    ),
    Rule(
        4,
        "No advertising",
        "No offers, discounts, prices, telephone numbers or links to a practice. State your interest in its own field.",
    ),
    Rule(5, "Stay with the question", "Answer what was asked. A new question deserves its own page."),
    Rule(
        6,
        "Do no harm",
        "No doses for a person you have not seen, no promise of a result, and no advice to stop a treatment or to put "
        "off urgent care.",
    ),
    Rule(7, "One person, one voice", "One account and one vote for each person. Nobody votes or reviews for another."),
    Rule(8, "Use your own words", "No text taken from elsewhere, and nothing written to fill space."),
)
BY_NUMBER = {rule.number: rule for rule in RULES}
