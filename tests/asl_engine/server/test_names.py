"""Names, ARNs, page tokens and inputs, one by one."""

import base64

import pytest

from asl_engine.language.json_problems import problem_of_json
from asl_engine.server.arns import Arn, Caller, check_name, execution_arn, parse_arn
from asl_engine.server.backend import page_token, read_page_token
from asl_engine.server.errors import ApiError
from asl_engine.server.wire import caller

MACHINE = "arn:aws:states:us-east-2:123456789012:stateMachine:weekly"
DEFAULT = Caller(account="123456789012", region="us-east-1")


def test_an_arn_is_taken_apart() -> None:
    assert parse_arn(MACHINE, "stateMachine") == Arn(
        text=MACHINE, region="us-east-2", account="123456789012", kind="stateMachine", resource="weekly"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weekly", "Invalid Arn: 'Invalid ARN prefix: weekly'"),
        (
            "arn:aws:states:us-east-2:123456789012:activity:a",
            "Invalid Arn: 'Resource type not valid in this context: activity'",
        ),
        ("arn:aws:states:us-east-2:1:stateMachine", "Invalid Arn: 'arn:aws:states:us-east-2:1:stateMachine'"),
        ("arn:aws:lambda:us-east-2:1:stateMachine:f", "Invalid Arn: 'arn:aws:lambda:us-east-2:1:stateMachine:f'"),
        ("arn:aws:states:us-east-2:1:stateMachine:", "Invalid Arn: 'arn:aws:states:us-east-2:1:stateMachine:'"),
    ],
)
def test_an_arn_of_something_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(ApiError) as raised:
        parse_arn(text, "stateMachine")
    assert (raised.value.code, raised.value.message) == ("InvalidArn", message)


def test_executions_are_named_after_their_machine() -> None:
    machine = parse_arn(MACHINE, "stateMachine")
    prefix = "arn:aws:states:us-east-2:123456789012"
    assert execution_arn(machine, "run") == f"{prefix}:execution:weekly:run"
    assert execution_arn(machine, "run", "id") == f"{prefix}:express:weekly:run:id"


@pytest.mark.parametrize("name", ["a", "a.b_c-d", "ä" * 80, "x(1)+=@!'"])
def test_a_good_name_passes(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "x" * 81, *(f"a{one}b" for one in ' \t<>{}[]?*"#%\\^|~`$&,;:/\x00\x1f\x7f\x9f')])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_name(name)
    assert (raised.value.code, raised.value.message) == ("InvalidName", f"Invalid Name: '{name}'")


@pytest.mark.parametrize(
    "token", ["!", "after:7", base64.b64encode(b"before:7").decode(), base64.b64encode(b"after:x").decode(), "ÿ"]
)
def test_a_foreign_page_token_is_refused(token: str) -> None:
    with pytest.raises(ApiError, match="Invalid Token: 'Invalid token'"):
        read_page_token(token)


def test_the_last_page_has_no_token() -> None:
    assert page_token(None) is None
    assert read_page_token(None) is None


@pytest.mark.parametrize("text", ["{}", "2", "0.5", '"text"', "null", " [1] "])
def test_any_json_is_an_input(text: str) -> None:
    assert problem_of_json(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  ", "Unexpected end-of-input"),
        (
            "not some json",
            (
                "Unrecognized token 'not': was expecting "
                "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
            ),
        ),
        (
            '{"a": NaN}',
            (
                "Unrecognized token 'NaN': was expecting "
                "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
            ),
        ),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value"),
        ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"),
        (
            '{"a": [{"}": 1}] "b": 2}',
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
        ),
        ('{"a": 01}', "Invalid numeric value: Leading zeroes not allowed"),
        ('"text', "Unexpected end-of-input: was expecting closing quote for a string value"),
        ('{"a"', "Unexpected end-of-input within/between Object entries"),
        (
            '{\n "a": [1',
            (
                "Unexpected end-of-input: expected close marker for Array "
                '(start marker at [Source: (String)"{\n "a": [1"; line: 2, column: 7])'
            ),
        ),
        (
            "[?]",
            (
                "Unexpected character ('?' (code 63)): expected a valid value "
                "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
            ),
        ),
        ('{"a": ', "Unexpected end-of-input within/between Object entries"),
        ("[" * 100_000, "Document nesting depth exceeds the maximum allowed"),
    ],
)
def test_what_is_not_json_is_refused_in_jacksons_words(text: str, problem: str) -> None:
    assert problem_of_json(text) == problem


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("", DEFAULT),
        ("Bearer token", DEFAULT),
        (
            "AWS4-HMAC-SHA256 Credential=111111111111/20260105/eu-west-1/states/aws4_request, SignedHeaders=host",
            Caller(account="111111111111", region="eu-west-1"),
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260105/eu-west-1/states/aws4_request",
            Caller(account="123456789012", region="eu-west-1"),
        ),
    ],
)
def test_the_signature_says_who_calls(authorization: str, expected: Caller) -> None:
    assert caller(authorization, DEFAULT) == expected
