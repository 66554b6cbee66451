"""Votes in the admin: to be read, never written."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from voting.models import AnswerVote


@admin.register(AnswerVote)
class AnswerVoteAdmin(admin.ModelAdmin):
    list_display = ("answer", "value", "user", "visitor", "voted_at")
    list_filter = ("value",)
    list_select_related = ("answer", "user")
    search_fields = ("=answer__id", "user__pen_name", "=visitor")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
