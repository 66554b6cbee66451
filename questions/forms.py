"""What a reader chooses of a list."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from doctors.models import Specialty
from questions.models import Topic


class ListForm(forms.Form):
    """The filters of the list of questions, sent by GET."""

    # All of it may be left out: marking each field as optional would be noise.
    is_filter = True

    topic = forms.ChoiceField(required=False)
    specialty = forms.ChoiceField(required=False, label="Answered by")

    def __init__(self, *args: Any, topics: Sequence[Topic], topic: Topic | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {choice.slug: choice.name for choice in topics}
        if topic:
            choices.setdefault(topic.slug, topic.name)
        by_name = sorted(choices.items(), key=lambda choice: choice[1].casefold())
        chooser: dict[str, Any] = self.fields
        chooser["topic"].choices = [("", "All topics"), *by_name]
        specialties = Specialty.objects.values_list("slug", "name")
        chooser["specialty"].choices = [("", "Any specialty"), *specialties]
        # The page writes the form's tag itself; a form sent by GET carries no token.
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.form_show_errors = False
