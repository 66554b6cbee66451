"""Shipped rules that stopped ordinary questions, or that the second layer makes idle, are turned off where they stand.

Rules that are shipped now and do not stand there are added. Staff may turn any of them on again.
"""

from django.db import migrations

NOTE = "Turned off by an update: words weighed together find what it found."
RETIRED = {
    "chest_pain": (
        "pain in the chest",
        "pain in the chest, with no word of the past",
        "chest, pain and a warning sign, with no word of the past",
        "heart attack, with no word of the past",
        "arm, jaw or shoulder, and a sign of the heart, with no word of the past",
        "indigestion that is none, with no word of the past",
        "angina, a stent or a spray, with no word of the past",
        "pain with each breath, and a clot",
        "pain with each breath, and a clot, with no word of the past",
        "the chest, and how ill one looks",
        "the chest, and how ill one looks, with no word of the past",
    ),
    "stroke": (
        "a side of the face has dropped",
        "a side of the face has dropped, with no word of the past",
        "two signs of a stroke: face",
        "two signs of a stroke: speech",
        "two signs of a stroke: speech, with no word of the past",
        "two signs of a stroke: a limb, with no word of the past",
        "speech is slurred, with no word of the past",
        "words are lost of a sudden, with no word of the past",
        "one side is weak, with no word of the past",
        "a limb is lost of a sudden, with no word of the past",
        "face and hand go numb",
        "face and hand go numb, with no word of the past",
        "a weak limb, on one side, with no word of the past",
        "named",
        "named, with no word of the past",
        "sight or balance is lost of a sudden, with no word of the past",
        "face and limb go wrong, with no word of the past",
        "speech and limb or face go wrong",
        "speech and limb or face go wrong, with no word of the past",
        "speech goes wrong, with no word of the past",
        "sight goes, with no word of the past",
        "one side is given up, with no word of the past",
        "thunderclap headache, with no word of the past",
    ),
    "anaphylaxis": (
        "tongue or throat swells, with no word of the past",
        "swelling and a second sign",
        "swelling and a second sign, with no word of the past",
        "swelling of the face after something, fast",
        "swelling of the face after something, fast, with no word of the past",
        "rash and a second system after something",
        "rash and a second system after something, with no word of the past",
        "breath or a faint after something known",
        "breath or a faint after something known, with no word of the past",
        "named",
        "named, with no word of the past",
        "a pen of adrenaline, with no word of the past",
        "allergic, and it was eaten, with no word of the past",
        "the pen was given",
        "the pen was given, with no word of the past",
        "an allergic reaction now, with no word of the past",
        "the face swells as one looks, with no word of the past",
        "hives and a second system, with no word of the past",
        "two inner signs after something, with no word of the past",
        "stung in the mouth, with no word of the past",
    ),
    "breathing": (
        "cannot breathe",
        "cannot breathe, with no word of the past",
        "trouble with breath, and bad",
        "trouble with breath, and bad, with no word of the past",
        "trouble with breath, and a warning sign",
        "trouble with breath, and a warning sign, with no word of the past",
        "pain with each breath, with no word of the past",
        "breath, and what is wrong with it, with no word of the past",
        "airway and a reaction or a thing inhaled",
        "airway and a reaction or a thing inhaled, with no word of the past",
    ),
    "bleeding": (
        "heavy",
        "heavy in a passage",
        "from inside, or a part cut off",
        "heavy period",
        "told otherwise",
    ),
    "sepsis": (
        "infection and danger signs",
        "red line",
        "named",
        "on treatment, or after a cut into the body",
        "going downhill",
    ),
    "meningitis": (
        "stiff neck",
        "light hurts, with fever",
        "soft spot",
        "named with signs",
        "a rash and very ill",
        "head, neck and light",
    ),
    "overdose": (
        "too much of a medicine",
        "too much, told in three sentences",
        "so many tablets",
        "can one die of it",
        "too many of them",
        "named",
        "a child or a muddled person got at something",
        "drugs or drink, and danger signs",
        "numbing medicine",
        "dose taken double or wrong",
    ),
    "head_injury": (
        "a blow to the head and a sign",
        "a blow to the head and a sign, with no word of the past",
        "a hard blow to the head itself",
        "a hard blow to the head itself, with no word of the past",
        "a fall from a height or a bad crash, with no word of the past",
        "a child that fell, with no word of the past",
        "a baby that was dropped or fell, with no word of the past",
        "a fall or blow and a danger sign, with no word of the past",
        "named",
        "named, with no word of the past",
    ),
    "pregnancy_bleeding": (
        "bleeding in pregnancy",
        "ectopic or abruption",
        "weeks and blood",
    ),
    "infant_fever": (
        "hot young baby",
        "hot young baby, told plainly",
    ),
    "torsion": (
        "pain that is sudden or severe, with no word of the past",
        "a testicle that hurts or changes, with no word of the past",
        "a boy who hurts down there, with no word of the past",
        "named",
        "named, with no word of the past",
        "twisted",
        "twisted, with no word of the past",
    ),
    "eye_chemical": (
        "in the eye",
        "in the eye, with no word of the past",
        "told in several sentences",
        "told in several sentences, with no word of the past",
        "what it does to the eye",
        "what it does to the eye, with no word of the past",
        "a strong one",
        "a strong one, with no word of the past",
        "a strong one and a red or sore eye",
        "a strong one and a red or sore eye, with no word of the past",
        "the wrong drops, with no word of the past",
        "named",
        "named, with no word of the past",
        "something went in, with no word of the past",
        "whatever it was, with no word of the past",
    ),
    "burns": (
        "serious by depth, size, place or person",
        "serious by depth, size, place or person, with no word of the past",
        "a strong acid or alkali on the skin, with no word of the past",
        "what it did to the skin",
        "what it did to the skin, with no word of the past",
        "hot liquid or metal on the body, with no word of the past",
        "fire, with no word of the past",
        "chemicals on the scalp or skin, with no word of the past",
        "a part of the body that is burnt, with no word of the past",
        "by its depth, with no word of the past",
        "a child and something boiling",
        "a shock from electricity, with no word of the past",
        "fire in the kitchen, with no word of the past",
        "by electricity, fire or lightning",
        "by electricity, fire or lightning, with no word of the past",
    ),
    "choking": (
        "choking, and a sign of it",
        "choking, and a sign of it, with no word of the past",
        "something stuck in the throat, with no word of the past",
        "something stuck, and a sign, with no word of the past",
        "swallowed or breathed in, and a sign",
        "swallowed or breathed in, and a sign, with no word of the past",
        "hands at the throat, with no word of the past",
        "coughing since eating, with no word of the past",
        "a thing in the throat, with no word of the past",
        "an object was breathed in, with no word of the past",
        "blue or stiff after food, with no word of the past",
        "silent or blue over food, with no word of the past",
    ),
    "self_harm": (
        "said outright",
        "said outright, and now",
        "never told",
        "said in a roundabout way",
        "death spoken of",
        "a height or a depth",
        "a wish to be dead",
        "cannot go on, and despair",
        "hurting oneself, as happening now",
        "means and intent",
        "a life that is over",
        "refusing to live on",
    ),
    "abuse": (
        "hurt by a person",
        "threatened",
        "kept and controlled",
        "kept and controlled, and afraid",
        "named",
        "woke and does not remember",
        "blackmailed",
        "marks and how they came",
    ),
    "vision_after_filler": (
        "sight, with no word of the past",
        "the eye, with no word of the past",
        "skin",
        "skin, with no word of the past",
        "skin that speaks for itself",
        "skin that speaks for itself, with no word of the past",
        "named",
        "named, with no word of the past",
    ),
}


def retire(apps, schema_editor):
    from moderation.emergency_rules import RULES

    rules = apps.get_model("moderation", "ScreenRule")
    if not rules.objects.exists():
        return
    for family, names in RETIRED.items():
        rules.objects.filter(family=family, name__in=names, is_active=True).update(is_active=False, note=NOTE)
    rules.objects.bulk_create(
        (
            rules(
                family=rule.family,
                name=rule.name,
                patterns="\n".join(rule.demands),
                unless=rule.unless,
                within=rule.within,
                heeds_negation=rule.heeds_negation,
                heeds_past=rule.heeds_past,
                heeds_supposition=rule.heeds_supposition,
            )
            for rule in RULES
        ),
        ignore_conflicts=True,
    )


def restore(apps, schema_editor):
    apps.get_model("moderation", "ScreenRule").objects.filter(note=NOTE).update(is_active=True, note="")


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0003_shipped_screen_rules'),
    ]

    operations = [
        migrations.RunPython(retire, restore),
    ]
