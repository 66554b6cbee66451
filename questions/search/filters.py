"""What a search is narrowed to."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

PLACE_LENGTH = 100
LAST_DAY = date(9999, 12, 30)


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrow a search: keys of topic and specialty, a part of a place's name, answered or not, and days asked."""

    topic: int | None = None
    specialty: int | None = None
    place: str = ""
    answered: bool | None = None
    since: date | None = None
    until: date | None = None

    @property
    def conditions(self) -> str:
        """The conditions on a question ``q``, each with its ``and``."""
        parts = []
        if self.topic:
            parts.append(
                "EXISTS (SELECT FROM questions_questiontopic qt"
                " WHERE qt.question_id = q.id AND qt.topic_id = %(topic)s)"
            )
        if self.answered is not None:
            parts.append("q.answer_count > 0" if self.answered else "q.answer_count = 0")
        if self.since:
            parts.append("q.asked_at >= %(since)s::date")
        if self.until:
            parts.append("q.asked_at < %(until)s::date")
        if self.specialty or self.place:
            parts.append(self._of_a_doctor)
        return "".join(f" AND {part}" for part in parts)

    @property
    def _of_a_doctor(self) -> str:
        specialty = " AND fd.specialty_id = %(specialty)s" if self.specialty else ""
        place = " AND search_fold(fd.place) ILIKE search_fold(%(place)s)" if self.place else ""
        return (
            "EXISTS (SELECT FROM questions_answer fa JOIN doctors_doctor fd ON fd.id = fa.doctor_id"
            " WHERE fa.question_id = q.id AND fa.state = 'published' AND fd.valid_until > CURRENT_DATE"
            f"{specialty}{place})"
        )

    @property
    def values(self) -> dict[str, Any]:
        """The values of the conditions."""
        escaped = self.place[:PLACE_LENGTH].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {
            "topic": self.topic,
            "specialty": self.specialty,
            "place": f"%{escaped}%",
            "since": self.since,
            "until": self.until and min(self.until, LAST_DAY) + timedelta(days=1),
        }
