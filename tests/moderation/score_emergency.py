"""`python -m tests.moderation.score_emergency`: prints how the shipped screen does, and what hostile text costs."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qa_forum.settings")
    django.setup()
    from moderation.screening import shipped_screen
    from tests.moderation.scoring import KINDS, SETS, best_seconds, hostile, score

    screen = shipped_screen()
    for name, path in SETS.items():
        print(f"{name}\n{score(screen, path)}\n")
    print("100 KB of hostile text, best of 5")
    for kind in KINDS:
        print(f"  {kind:22} {best_seconds(screen, [hostile(kind, 100_000)]) * 1000:6.1f} ms")


if __name__ == "__main__":
    main()
