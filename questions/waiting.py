"""What of this room waits for staff."""

from moderation.waiting import Waiting
from questions.models import TopicProposal

PROPOSALS = Waiting(
    one="topic was proposed by an asker",
    many="topics were proposed by askers",
    permission="questions.view_topicproposal",
    page="questions_topicproposal",
    chosen="",
    things=TopicProposal.objects.all,
)
