"""Every address of the site, who may do what there, and what they are told: the one table of it.

Each row gives, for a method, the status for each of ``ROLES`` in their order. A method without an entry is 405 for all,
with ``Allow`` naming the others. POST is sent with a token and without a body.
"""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# A stranger; a patient, who did none of it; the asker and owner of it all; a moderator, signed in with two factors; the
# doctor who answered, signed in with two factors.
ROLES = ("stranger", "patient", "owner", "moderator", "doctor")

READ = {"GET": "200 200 200 200 200"}
MOVED = {"GET": "302 302 302 302 302"}
OWN_PAGE = {"GET": "302 200 200 200 200"}
OWN_FORM = {"GET": "302 200 200 200 200", "POST": "302 422 422 422 422"}

# Whose application waits is led to it.
DOCTORS_PAGE = {"GET": "302 403 302 403 200"}
DOCTORS_FORM = {"GET": "302 403 302 403 200", "POST": "302 403 403 403 422"}

# Weighty pages ask for the password or the factor first, and steps of a way that was not begun lead to its start.
PROVED = {"GET": "302 302 302 302 302", "POST": "302 302 302 302 302"}

TABLE: dict[str, dict[str, str]] = {
    "": READ,
    "api/v1/": READ,
    "api/v1/openapi.json": READ,
    "api/v1/questions/": READ,
    "api/v1/questions/<key:question_id>/": READ,
    "api/v1/questions/<key:question_id>/answers/": READ,
    "api/v1/answers/<key:answer_id>/": READ,
    "api/v1/doctors/": READ,
    "api/v1/doctors/<slug:slug>/": READ,
    "api/v1/doctors/<slug:slug>/reviews/": READ,
    "api/v1/topics/": READ,
    "api/v1/topics/<slug:slug>/": READ,
    # Nothing was searched for.
    "api/v1/search/": {"GET": "422 422 422 422 422"},
    "questions/": READ,
    "questions/ask/": {"GET": "200 200 200 200 200", "POST": "422 422 422 422 422"},
    "questions/ask/similar/": {"POST": "200 200 200 200 200"},
    "questions/ask/prompts/": {"POST": "200 200 200 200 200"},
    "questions/ask/draft/": {"POST": "200 200 200 200 200"},
    "questions/ask/join/": {"GET": "302 302 302 302 302", "POST": "302 302 302 302 302"},
    "questions/drafts/<uuid:key>/": {"GET": "302 404 200 404 404"},
    "questions/drafts/<uuid:key>/delete/": {"POST": "302 302 302 302 302"},
    "questions/mine/": OWN_PAGE,
    "questions/following/": {"GET": "302 200 200 200 200", "POST": "302 302 302 302 302"},
    "questions/<key:question_id>/edit/": {"GET": "302 404 200 404 404", "POST": "302 404 422 404 404"},
    "questions/<key:question_id>/history/": READ,
    "questions/<key:question_id>/share.png": READ,
    "questions/<key:question_id>/close/": {"POST": "302 404 302 404 404"},
    "questions/<key:question_id>/open/": {"POST": "302 404 302 404 404"},
    "questions/<key:question_id>/withdraw/": {"GET": "302 404 200 404 404", "POST": "302 404 302 404 404"},
    "questions/<key:question_id>/photos/": {"GET": "302 404 200 404 404", "POST": "302 404 422 404 404"},
    "questions/<key:question_id>/follow/": {"GET": "302 200 200 200 200", "POST": "302 422 422 422 422"},
    # Whoever answered is led to their answer.
    "questions/<key:question_id>/answers/": {"GET": "302 403 302 403 302", "POST": "302 403 403 403 422"},
    "questions/<key:question_id>/answers/draft/": {"POST": "302 403 403 403 200"},
    "questions/<key:question_id>/answers/draft/delete/": {"POST": "302 403 403 403 302"},
    "questions/<key:question_id>/inquire/": DOCTORS_FORM,
    "questions/<key:question_id>/decline/": {"GET": "302 403 302 403 302", "POST": "302 403 403 403 302"},
    # It waits for a moderator.
    "photos/<key:photo_id>/": {"GET": "404 404 200 200 404"},
    "photos/<key:photo_id>/describe/": {"GET": "302 404 302 404 404", "POST": "302 404 422 404 404"},
    "photos/<key:photo_id>/remove/": {"POST": "302 404 302 404 404"},
    "inquiries/<key:inquiry_id>/reply/": {"GET": "302 404 200 404 404", "POST": "302 404 422 404 404"},
    "desk/": DOCTORS_PAGE,
    "desk/waiting/": DOCTORS_PAGE,
    "desk/drafts/": DOCTORS_PAGE,
    "desk/answers/": DOCTORS_PAGE,
    "desk/reviews/": DOCTORS_PAGE,
    "desk/choices/": DOCTORS_FORM,
    "questions/<key:question_id>/": {"GET": "301 301 301 301 301"},
    "questions/<key:question_id>/<str:slug>/": READ,
    "answers/<key:answer_id>/": MOVED,
    "embed/answers/<key:answer_id>/": READ,
    "answers/<key:answer_id>/edit/": DOCTORS_FORM,
    "answers/<key:answer_id>/history/": READ,
    "answers/<key:answer_id>/withdraw/": {"GET": "302 403 302 403 200", "POST": "302 403 403 403 302"},
    # Nobody agrees with themselves.
    "answers/<key:answer_id>/agree/": {"POST": "302 403 403 403 403"},
    "answers/<key:answer_id>/confirm/": {"POST": "302 403 403 403 302"},
    "answers/<key:answer_id>/vote/": {"POST": "400 400 400 400 400"},
    "topics/": READ,
    "topics/<slug:slug>/": READ,
    "topics/<slug:slug>/follow/": {"GET": "302 200 200 200 200", "POST": "302 422 422 422 422"},
    "search/": READ,
    "accounts/": OWN_FORM,
    "accounts/login/": {"GET": "200 302 302 302 302", "POST": "422 302 302 302 302"},
    "accounts/logout/": {"GET": "302 200 200 200 200", "POST": "302 302 302 302 302"},
    "accounts/inactive/": {"GET": "200 200 200 200 200"},
    "accounts/signup/": {"GET": "200 302 302 302 302", "POST": "422 302 302 302 302"},
    "accounts/signup/code/": PROVED,
    "accounts/reauthenticate/": OWN_FORM,
    "accounts/email/": PROVED,
    "accounts/email/code/": PROVED,
    "accounts/password/change/": OWN_FORM,
    "accounts/password/reset/": {"GET": "200 200 200 200 200", "POST": "422 422 422 422 422"},
    "accounts/password/reset/code/": PROVED,
    "accounts/password/reset/new/": PROVED,
    "accounts/sessions/": {"GET": "302 200 200 200 200", "POST": "302 404 404 404 404"},
    "accounts/data/": OWN_PAGE,
    "accounts/data/file/": {"GET": "302 302 302 302 302"},
    "accounts/close/": PROVED,
    "accounts/closed/": READ,
    "accounts/second-factor/": OWN_PAGE,
    "accounts/second-factor/sign-in/": PROVED,
    "accounts/second-factor/reauthenticate/": {"GET": "302 302 302 200 200", "POST": "302 302 302 422 422"},
    "accounts/second-factor/app/": PROVED,
    "accounts/second-factor/app/remove/": {"GET": "302 404 404 302 302", "POST": "302 404 404 302 302"},
    "accounts/second-factor/codes/": {"GET": "302 404 404 404 404"},
    "accounts/second-factor/codes/new/": PROVED,
    "accounts/second-factor/codes/file/": {"GET": "302 404 404 404 404"},
    "accounts/passkeys/sign-in/": {"GET": "200 302 302 302 302", "POST": "302 302 302 302 302"},
    "accounts/passkeys/add/": PROVED,
    "accounts/passkeys/reauthenticate/": PROVED,
    "accounts/passkeys/<key:pk>/name/": PROVED,
    "accounts/passkeys/<key:pk>/remove/": PROVED,
    "doctors/": READ,
    "doctors/join/": READ,
    "doctors/application/": {"GET": "302 200 200 200 200", "POST": "302 422 422 422 422"},
    "doctors/application/documents/": {"GET": "302 302 302 302 302", "POST": "302 404 422 404 404"},
    "doctors/documents/<uuid:document>/": {"GET": "404 404 200 200 404"},
    "doctors/documents/<uuid:document>/delete/": {"POST": "302 302 302 302 302"},
    "doctors/reviews/": OWN_PAGE,
    "doctors/reviews/<key:review_id>/history/": READ,
    "doctors/reviews/<key:review_id>/helpful/": {"POST": "400 400 400 400 400"},
    "doctors/reviews/<key:review_id>/withdraw/": {"GET": "302 404 200 404 404", "POST": "302 404 302 404 404"},
    "doctors/reviews/<key:review_id>/reply/": DOCTORS_FORM,
    "doctors/reviews/<key:review_id>/reply/withdraw/": {"GET": "302 403 302 403 200", "POST": "302 403 403 403 302"},
    "doctors/languages/": DOCTORS_FORM,
    "doctors/visit-codes/": {"GET": "302 403 302 403 200", "POST": "302 403 403 403 200"},
    "doctors/<slug:slug>/": READ,
    "doctors/<slug:slug>/answers/": READ,
    # Nobody reviews themselves.
    "doctors/<slug:slug>/reviews/": {"GET": "302 200 200 200 403", "POST": "302 422 422 422 403"},
    "doctors/<slug:slug>/claim/": {"GET": "302 403 403 403 403", "POST": "302 403 403 403 403"},
    "report/<slug:noun>/<key:subject_id>/": {"GET": "200 200 200 200 200", "POST": "422 422 422 422 422"},
    "decisions/": OWN_PAGE,
    "decisions/<key:decision_id>/": {"GET": "302 404 200 404 404", "POST": "302 404 422 404 404"},
    "about/votes/": READ,
    "about/doctors/": READ,
    "about/rules/": READ,
    "about/numbers/": READ,
    "about/numbers/<month:month>/": READ,
    "about/privacy/": READ,
    "about/accessibility/": READ,
    "about/contact/": READ,
    "mail/unsubscribe/<str:token>/": {"GET": "200 200 200 200 200", "POST": "200 200 200 200 200"},
    "feeds/questions.atom": READ,
    "feeds/topics/<slug:slug>.atom": READ,
    "feeds/doctors/<slug:slug>.atom": READ,
    "sitemap.xml": READ,
    "sitemap-<section>.xml": READ,
    "robots.txt": READ,
    ".well-known/security.txt": READ,
}


def addresses(patterns: list | None = None, prefix: str = "") -> Iterator[str]:
    """Yield every route of the site but the admin's."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if route != "admin/":
                yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route
