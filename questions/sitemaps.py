"""What search engines are told about: published content only."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.urls import reverse

from doctors.models import Doctor
from questions.models import Question, Topic


class QuestionSitemap(Sitemap):
    """Questions with their last change that a reader sees."""

    limit = 10_000

    def items(self) -> QuerySet[Question]:
        return Question.objects.visible().only("slug", "active_at").order_by("pk")

    def lastmod(self, item: Question) -> datetime | None:
        return item.active_at

    def get_latest_lastmod(self) -> datetime | None:
        # Django would read every question for it.
        return Question.objects.visible().aggregate(newest=Max("active_at"))["newest"]


class TopicSitemap(Sitemap):
    """Topics that have questions."""

    limit = 10_000

    def items(self) -> QuerySet[Topic]:
        return Topic.objects.filter(question_count__gt=0).only("slug").order_by("pk")


class DoctorSitemap(Sitemap):
    """Doctors whom everybody may see."""

    limit = 10_000

    def items(self) -> QuerySet[Doctor]:
        return Doctor.objects.visible().standing().only("slug").order_by("pk")


class PageSitemap(Sitemap):
    """The pages that always stand."""

    def items(self) -> list[str]:
        about = ("votes", "doctors", "rules", "privacy", "accessibility", "contact")
        lists = ("home", "questions:question_list", "questions:topic_list", "doctors:doctor_list")
        return [*lists, *(f"about_{name}" for name in about)]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {"pages": PageSitemap, "questions": QuestionSitemap, "topics": TopicSitemap, "doctors": DoctorSitemap}
