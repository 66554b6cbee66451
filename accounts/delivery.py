"""Sending the mails of the accounts: the one place that knows how."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def deliver(*, to: str, template: str, context: dict[str, Any]) -> None:
    """Send a mail made of ``TEMPLATE_subject.txt``, ``TEMPLATE_message.txt`` and ``TEMPLATE_message.html``."""
    context = {**context, "SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL}
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    mail = EmailMultiAlternatives(subject, render_to_string(f"{template}_message.txt", context), to=[to])
    mail.attach_alternative(render_to_string(f"{template}_message.html", context), "text/html")
    mail.send()
