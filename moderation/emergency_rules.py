"""The rules that are shipped: lists of words, and what each family asks for. Staff edit copies of them in the admin."""

import json
from pathlib import Path

from moderation.emergency import Rule

_SHIPPED = json.loads(Path(__file__).with_name("emergency_rules.json").read_text())

LISTS: dict[str, str] = {name: ",\n".join(phrases) for name, phrases in _SHIPPED["lists"].items()}
RULES = tuple(
    Rule(
        family=each["family"],
        name=each["name"],
        demands=tuple(", ".join(phrases) for phrases in each["demands"]),
        unless=", ".join(each.get("unless", [])),
        within=each.get("within", "sentence"),
        heeds_negation="negation" in each["heeds"],
        heeds_past="past" in each["heeds"],
        heeds_supposition="supposition" in each["heeds"],
    )
    for each in _SHIPPED["rules"]
)

# What people ask every day: a rule that stops many of these is refused.
ORDINARY = (
    "How long does the swelling last after a nose operation?",
    "I had a filler in my lips two weeks ago and I like it. When may I have the next one?",
    "Which sunscreen is good for skin that gets spots easily?",
    "My daughter is getting married in June and I would like a chemical peel before that.",
    "Is a scar from a mole removal still red after three months?",
    "What should I ask a surgeon before an eyelid operation?",
    "The doctor was kind and the clinic was clean, but the price was higher than I thought.",
    "Can I go swimming after laser hair removal?",
    "I am thinking about breast implants and want to know how long they last.",
    "My knees ache a little in winter. Is swimming better than running?",
    "He is 45 and loses hair. Does a transplant look natural?",
    "Does insurance pay for varicose veins?",
    "I take vitamin D each day and sleep well. Should I do a blood test?",
    "I feel fine, no fever and no pain, and only want to know when the stitches come out.",
    "Is it normal that my lips are dry in the first month of this medicine?",
    "How do I choose between two doctors for a tummy tuck?",
)
