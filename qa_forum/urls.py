"""Every address of the site. The only module of the project that imports rooms."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from accounts.views import unsubscribe
from moderation.rules import RULES
from qa_forum import converters, views  # noqa: F401 (registers the converter)
from qa_forum.versions import read_only
from questions.views.maps import sitemap, sitemap_index
from questions.views.reading import home


def _about(name: str, **context: object) -> object:
    page = read_only(TemplateView.as_view(template_name=f"about/{name}.html", extra_context=context))
    return path(f"about/{name}/", page, name=f"about_{name}")


urlpatterns = [
    path("", home, name="home"),
    path("api/v1/", include("api.urls")),
    path("", include("voting.urls")),
    path("", include("questions.urls")),
    path("", include("doctors.urls")),
    path("", include("moderation.urls")),
    _about("votes"),
    _about("doctors"),
    _about("rules", rules=RULES),
    _about("privacy"),
    _about("accessibility"),
    _about("contact", contact_email=settings.CONTACT_EMAIL),
    path("sitemap.xml", sitemap_index),
    path("sitemap-<section>.xml", sitemap, name="sitemap"),
    path("robots.txt", views.robots),
    path(".well-known/security.txt", views.security),
    path("accounts/", include("accounts.urls")),
    path("mail/unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("admin/", admin.site.urls),
]

handler400 = "qa_forum.errors.bad_request"
handler403 = "qa_forum.errors.permission_denied"
handler404 = "qa_forum.errors.not_found"
handler500 = "qa_forum.errors.server_error"
