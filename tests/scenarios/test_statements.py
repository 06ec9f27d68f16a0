"""PartiQL from the AWS command line, as the developer guide shows it."""

# ruff: noqa: S608 - statements are what is tested

from uuid import uuid4

import pytest

from tests.support.documents import Reader


@pytest.mark.timeout(120)
def test_aws_cli_executes_statements_batches_and_transactions(reader: Reader) -> None:
    """A table is filled by a batch, changed in a transaction and read by a statement."""
    table = f"Music{uuid4().hex[:8]}"
    answers = reader.aws(
        f"""
        aws dynamodb create-table --table-name {table} --billing-mode PAY_PER_REQUEST \\
          --attribute-definitions AttributeName=Artist,AttributeType=S AttributeName=Song,AttributeType=S \\
          --key-schema AttributeName=Artist,KeyType=HASH AttributeName=Song,KeyType=RANGE
        aws dynamodb batch-execute-statement --statements "$(cat <<'JSON'
        [{{"Statement": "INSERT INTO {table} VALUE {{'Artist': 'Bowie', 'Song': 'Heroes'}}"}},
         {{"Statement": "INSERT INTO {table} VALUE {{'Artist': 'Bowie', 'Song': 'Changes'}}"}}]
        JSON
        )"
        aws dynamodb execute-transaction --transact-statements "$(cat <<'JSON'
        [{{"Statement": "EXISTS(SELECT * FROM {table} WHERE Artist = 'Bowie' AND Song = 'Changes' AND x IS MISSING)"}},
         {{"Statement": "UPDATE {table} SET Plays = 1 WHERE Artist = 'Bowie' AND Song = ?",
          "Parameters": [{{"S": "Heroes"}}]}}]
        JSON
        )"
        aws dynamodb execute-statement --parameters '[{{"S": "Bowie"}}]' \\
          --statement "SELECT Song, Plays FROM {table} WHERE Artist = ? ORDER BY Song DESC"
        aws dynamodb delete-table --table-name {table}
        """.replace("\n        ", "\n")
    )
    (selected,) = (answer["Items"] for answer in answers if "Items" in answer)
    expected = [{"Song": {"S": "Heroes"}, "Plays": {"N": "1"}}, {"Song": {"S": "Changes"}}]
    assert expected == selected
