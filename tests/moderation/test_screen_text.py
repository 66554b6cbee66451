"""The command that says what the screens find."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def test_each_line_is_answered_by_one(tmp_path: Path):
    file, out = tmp_path / "texts.jsonl", StringIO()
    file.write_text(
        '{"id": 7, "text": "I have crushing chest pain"}\n\n'
        '{"id": "b", "text": "hello"}\n'
        '{"id": "c", "text": "Your filler was paid last week"}\n'
    )

    call_command("screen_text", str(file), stdout=out)

    first, second, third = map(json.loads, out.getvalue().splitlines())
    assert set(first) == {"id", "emergency", "personal", "reply"}
    assert (first["id"], first["emergency"], first["personal"]) == (7, ["chest_pain"], [])
    assert (second["id"], second["emergency"], second["reply"]) == ("b", [], [])
    assert third["reply"] == ["dates", "treatment"]


def test_a_bad_line_is_told_by_its_place_and_the_others_are_answered(tmp_path: Path):
    file, out, err = tmp_path / "texts.jsonl", StringIO(), StringIO()
    file.write_bytes(b'secret\n{"id": 1}\n["x"]\n\xff\n{"id": 2, "text": "hello"}\n')

    with pytest.raises(SystemExit) as ended:
        call_command("screen_text", str(file), stdout=out, stderr=err)

    assert ended.value.code == 1
    assert [line.split(":")[1] for line in err.getvalue().splitlines()] == ["1", "2", "3", "4"]
    assert "secret" not in err.getvalue()
    assert json.loads(out.getvalue())["id"] == 2


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(CommandError, match="No such file"):
        call_command("screen_text", "/nowhere/texts.jsonl")
