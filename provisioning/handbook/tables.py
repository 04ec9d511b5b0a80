"""Which contract tables a query reads, told from its text."""

from functools import cache

from collectors.sql_text import tokens
from warehouse.contract import TABLES

_BEFORE_A_NAME = ("from", "join")
_PASSED_OVER = ("only", "lateral")
_ENDS_THE_LIST = {"where", "group", "having", "order", "limit", "union", "intersect", "except", "window", "select"}


@cache
def tables_of(sql: str) -> tuple[str, ...]:
    """The contract tables behind FROM, JOIN and the commas of a FROM clause, in the order of the contract."""
    words = [token for token in tokens(sql) if token.text not in _PASSED_OVER]
    named: set[str] = set()
    lists = [False]  # for each open parenthesis, whether a FROM clause is being read there
    for place, token in enumerate(words):
        if token.text == "(":
            lists.append(False)
        elif token.text == ")":
            lists.pop()
        elif token.text in _BEFORE_A_NAME or (token.text == "," and lists[-1]):
            lists[-1] = True
            name, *more = [word.text.strip('"') for word in words[place + 1 : place + 4]] or [""]
            named.add(more[1] if more[:1] == ["."] and len(more) > 1 else name)
        elif token.text in _ENDS_THE_LIST:
            lists[-1] = False
    return tuple(table for table in TABLES if table in named)
