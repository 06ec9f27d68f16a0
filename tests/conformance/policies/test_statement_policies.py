"""PartiQL under a table's policy: the four actions, full scans, keys and attributes."""

# ruff: noqa: S608 - statements are what is tested

from typing import Any

import pytest

from tests.conformance.policies.conftest import Account, refusal, statement


def _forbid(owner: Account, table: str, action: str, **condition: Any) -> None:
    """Deny everybody an action on a table, under a condition."""
    elements = {"Condition": condition} if condition else {}
    owner.put_policy(table, statement("*", table, action, Effect="Deny", **elements))


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("PartiQLSelect", "SELECT * FROM \"{}\" WHERE pk = 'a'"),
        ("PartiQLInsert", "INSERT INTO \"{}\" VALUE {{'pk': 'new'}}"),
        ("PartiQLUpdate", "UPDATE \"{}\" SET v = 1 WHERE pk = 'a'"),
        ("PartiQLDelete", "DELETE FROM \"{}\" WHERE pk = 'a'"),
    ],
)
def test_statement_is_an_action_of_its_own(
    owner: Account, table: str, action: str, text: str
) -> None:
    """Only what names the action forbids the statement; the table may be named by its ARN."""
    run = owner.dynamodb.execute_statement
    _forbid(owner, table, action)
    code, message = refusal(run, Statement=text.format(table))
    assert "AccessDeniedException" == code
    assert f"dynamodb:{action}" in message
    _forbid(owner, table, "PartiQLSelect" if action != "PartiQLSelect" else "PartiQLInsert")
    assert 200 == run(Statement=text.format(table))["ResponseMetadata"]["HTTPStatusCode"]


def test_statement_that_scans_can_be_forbidden(owner: Account, table: str) -> None:
    """dynamodb:FullTableScan tells a SELECT that pins no partition (developer guide, ql-iam)."""
    _forbid(owner, table, "PartiQLSelect", Bool={"dynamodb:FullTableScan": "true"})
    run = owner.dynamodb.execute_statement
    assert 1 == len(run(Statement=f"SELECT * FROM \"{table}\" WHERE pk IN ['a', 'b']")["Items"])
    for text in (f'SELECT * FROM "{table}"', f"SELECT * FROM \"{table}\" WHERE pk > 'a'"):
        assert "AccessDeniedException" == refusal(run, Statement=text)[0]


def test_statement_may_be_limited_to_keys(owner: Account, table: str) -> None:
    """dynamodb:LeadingKeys are those of every alternative of a SELECT, and that of a write."""
    secret = {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "secret"}}
    run = owner.dynamodb.execute_statement
    for action, allowed, forbidden in (
        (
            "PartiQLSelect",
            "SELECT * FROM {} WHERE pk = 'a'",
            "SELECT * FROM {} WHERE pk IN ['a', 'secret']",
        ),
        (
            "PartiQLInsert",
            "INSERT INTO {} VALUE {{'pk': 'b'}}",
            "INSERT INTO {} VALUE {{'pk': 'secret'}}",
        ),
        ("PartiQLDelete", "DELETE FROM {} WHERE pk = 'b'", "DELETE FROM {} WHERE pk = 'secret'"),
    ):
        _forbid(owner, table, action, **secret)
        run(Statement=allowed.format(f'"{table}"'))
        denied = refusal(run, Statement=forbidden.format(f'"{table}"'))
        assert "AccessDeniedException" == denied[0]


def test_statement_may_be_limited_to_attributes(owner: Account, table: str) -> None:
    """dynamodb:Attributes are the columns, what is changed, and what the condition names."""
    secret = {"ForAnyValue:StringEquals": {"dynamodb:Attributes": "secret"}}
    run = owner.dynamodb.execute_statement
    _forbid(owner, table, "PartiQLSelect", **secret)
    items = run(Statement=f"SELECT team FROM \"{table}\" WHERE pk = 'a'")["Items"]
    assert [{"team": {"S": "red"}}] == items
    for text in (
        f"SELECT secret FROM \"{table}\" WHERE pk = 'a'",
        f"SELECT team FROM \"{table}\" WHERE pk = 'a' AND secret = 'x'",
    ):
        assert "AccessDeniedException" == refusal(run, Statement=text)[0]
    _forbid(owner, table, "PartiQLUpdate", **secret)
    denied = refusal(run, Statement=f"UPDATE \"{table}\" SET secret = 1 WHERE pk = 'a'")
    assert "AccessDeniedException" == denied[0]


def test_batch_statement_that_is_denied_is_told_in_its_place(owner: Account, table: str) -> None:
    """The code of a batch is AccessDenied."""
    _forbid(owner, table, "PartiQLDelete")
    responses = owner.dynamodb.batch_execute_statement(
        Statements=[
            {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': 'b'}}"},
            {"Statement": f"DELETE FROM \"{table}\" WHERE pk = 'a'"},
        ]
    )["Responses"]
    assert [None, "AccessDenied"] == [each.get("Error", {}).get("Code") for each in responses]
