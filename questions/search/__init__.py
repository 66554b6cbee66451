"""Search over questions, answers, doctors and topics in PostgreSQL's own full-text search."""

from questions.search.engine import CANDIDATES
from questions.search.filters import Filters
from questions.search.language import QUERY_LENGTH
from questions.search.pages import PAGE_SIZE, Hit, Results, search
from questions.search.statements import SearchTooSlow

__all__ = ["CANDIDATES", "PAGE_SIZE", "QUERY_LENGTH", "Filters", "Hit", "Results", "SearchTooSlow", "search"]
