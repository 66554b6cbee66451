from django.urls import URLPattern, path

from api.endpoints import api, open_to_all
from api.views import openapi, reference


def _endpoints() -> list[URLPattern]:
    """Return the addresses that the endpoints give themselves, each opened to every program."""
    made = [each for each in api.urls[0] if isinstance(each, URLPattern)]
    return [
        path(str(each.pattern), open_to_all(each.callback), name=each.name)
        for each in made
        if each.name and each.name != "api-root"
    ]


app_name = "api"
urlpatterns = [
    path("", reference, name="reference"),
    path("openapi.json", open_to_all(openapi), name="openapi"),
    *_endpoints(),
]
