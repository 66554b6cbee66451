"""What a doctor writes about most."""

import pytest

from doctors.lists import add_topics
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, TopicFactory


@pytest.mark.django_db
def test_topics_are_named_by_the_number_of_answers(django_assert_num_queries):
    acne, scars, eczema = (TopicFactory(name=name) for name in ("Acne", "Scars", "Eczema"))
    doctor, other = DoctorFactory(), DoctorFactory()
    for topics in ([scars, acne], [scars], [scars, eczema], [acne]):
        AnswerFactory(doctor=doctor, question=QuestionFactory(topics=topics))
    AnswerFactory(doctor=other, question=QuestionFactory(topics=[eczema]))

    with django_assert_num_queries(1) as queries:
        add_topics([doctor, other])

    assert (doctor.writes_about, other.writes_about) == (["Scars", "Acne"], ["Eczema"])
    # They are counted when they are written: a doctor may have thousands.
    assert "questions_answer" not in queries[0]["sql"]
