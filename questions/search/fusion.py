"""Joins the ranking by words with the one by meaning: what stands high in either stands high in both together."""

from collections.abc import Sequence

# G. Cormack, C. Clarke, S. Büttcher, SIGIR 2009, 758-759: reciprocal rank fusion.
_K = 60


def fuse_scores(*rankings: Sequence[int]) -> dict[int, float]:
    """Return each key of some rankings with its score: the sum of 1 / (60 + place), places counting from 1."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, key in enumerate(ranking, 1):
            scores[key] = scores.get(key, 0) + 1 / (_K + place)
    return scores


def fuse(*rankings: Sequence[int]) -> list[int]:
    """Return all keys of some rankings, best first."""
    scores = fuse_scores(*rankings)
    return sorted(scores, key=lambda key: (-scores[key], -key))
