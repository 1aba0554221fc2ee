"""Refusals that are not in GitHub's usual form, as gateways send them."""

from typing import Any

import pytest
from github import GithubException

from sbir_etl.errors import InvalidInput
from sbir_etl.publish.github.refusals import Permission, explained


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "answered 403 when"),
        ("Forbidden by the gateway", "403 Forbidden by the gateway when"),
        ({"message": "Validation Failed", "errors": ["too long"]}, "403 Validation Failed: too long when"),
        ({"errors": [{"resource": "Label", "field": "name", "code": "invalid"}]}, "403 Label name invalid when"),
        ({"message": "No", "errors": [{"code": "custom", "message": "Because"}]}, "403 No: Because when"),
    ],
)
def test_whatever_was_answered_is_passed_on(data: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words), explained("acme/awards", "do it", Permission.CONTENTS):
        raise GithubException(403, data)
