"""What the admin's pages of this room share."""

from typing import Any

from django.http import HttpRequest

from accounts.admin import RoomAdmin


class OnRecordAdmin(RoomAdmin):
    """What happened stays as it happened: staff read it here and write none of it."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
