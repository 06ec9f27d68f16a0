"""The policies of document 003: administrator, application, analyst, and users who have their own rows only."""

# ruff: noqa: S608 - statements are what is tested

from typing import Any

import pytest

from tests.support.identities import (
    Person,
    World,
    allow,
    deny,
    document,
    not_allowed,
    refusal,
    table_arn,
)

READS = ("GetItem", "Query", "Scan", "DescribeTable")
ROWS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")


def text(value: str) -> dict[str, str]:
    """Return a string value."""
    return {"S": value}


def key(pk: str) -> dict[str, Any]:
    """Return the key of an item."""
    return {"pk": text(pk), "sk": text("1")}


def dynamodb(*actions: str) -> list[str]:
    """Return actions with their prefix."""
    return [f"dynamodb:{action}" for action in actions]


def on_every_region(table: str) -> str:
    """Return the resource as the document writes it."""
    return f"arn:aws:dynamodb:*:*:table/{table}"


def put(pk: str) -> dict[str, Any]:
    """Return the members of a PutItem."""
    return {"Item": {**key(pk), "amount": {"N": "1"}}}


@pytest.fixture
def table(world: World) -> str:
    """A table with one item."""
    name = world.table()
    world.root.client().put_item(TableName=name, **put("ACC001"))
    return name


def analyst(world: World, table: str) -> Person:
    """Make a user with the document's read-only policy."""
    return world.user(allow(*dynamodb(*READS), on=on_every_region(table)))


def own_rows(world: World, table: str, *more: str) -> Person:
    """Make a user with the document's row-level policy, for further actions too."""
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    actions = dynamodb(*ROWS, *more)
    return world.user(allow(*actions, on=on_every_region(table), Condition=condition))


def test_analyst_reads_and_nothing_else(world: World, table: str) -> None:
    """The read-only policy lets get, query, scan and describe, and refuses every write in AWS's words."""
    person = analyst(world, table)
    client, arn = person.client(), table_arn(table)
    assert client.get_item(TableName=table, Key=key("ACC001"))["Item"]["pk"] == text("ACC001")
    queried = client.query(
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": text("ACC001")},
    )
    assert 1 == queried["Count"] == client.scan(TableName=table)["Count"]
    assert arn == client.describe_table(TableName=table)["Table"]["TableArn"]
    for action, call, members in (
        ("PutItem", client.put_item, put("ACC002")),
        ("DeleteItem", client.delete_item, {"Key": key("ACC001")}),
        ("UpdateItem", client.update_item, {"Key": key("ACC001")}),
        ("DeleteTable", client.delete_table, {}),
        (
            "UpdateTimeToLive",
            client.update_time_to_live,
            {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}},
        ),
        ("CreateBackup", client.create_backup, {"BackupName": "mine"}),
    ):
        expected = not_allowed(person, f"dynamodb:{action}", arn)
        assert expected == refusal(call, TableName=table, **members)


def test_analyst_is_refused_by_every_way_around(world: World, table: str) -> None:
    """Batches, transactions and statements need the actions that they are made of."""
    person = analyst(world, table)
    client, arn = person.client(), table_arn(table)
    write = {"Put": {"TableName": table, **put("ACC002")}}
    check = {
        "ConditionCheck": {
            "TableName": table,
            "Key": key("ACC001"),
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    insert = f"INSERT INTO \"{table}\" VALUE {{'pk': 'x', 'sk': '1'}}"
    select = f"SELECT * FROM \"{table}\" WHERE pk = 'ACC001'"
    for action, call, members in (
        (
            "BatchWriteItem",
            client.batch_write_item,
            {"RequestItems": {table: [{"PutRequest": put("ACC002")}]}},
        ),
        (
            "BatchGetItem",
            client.batch_get_item,
            {"RequestItems": {table: {"Keys": [key("ACC001")]}}},
        ),
        ("PutItem", client.transact_write_items, {"TransactItems": [write]}),
        ("ConditionCheckItem", client.transact_write_items, {"TransactItems": [check]}),
        ("PartiQLInsert", client.execute_statement, {"Statement": insert}),
        ("PartiQLSelect", client.execute_statement, {"Statement": select}),
        (
            "PartiQLInsert",
            client.execute_transaction,
            {"TransactStatements": [{"Statement": insert}]},
        ),
    ):
        assert not_allowed(person, f"dynamodb:{action}", arn) == refusal(call, **members)
    # A transaction of reads asks for GetItem, which the analyst has.
    read = {"Get": {"TableName": table, "Key": key("ACC001")}}
    assert 1 == len(client.transact_get_items(TransactItems=[read])["Responses"])
    batch = client.batch_execute_statement(Statements=[{"Statement": insert}])["Responses"]
    assert ["AccessDenied"] == [one["Error"]["Code"] for one in batch]
    assert 1 == world.root.client().scan(TableName=table)["Count"]


def test_analyst_is_refused_another_table_whether_it_is_there_or_not(
    world: World, table: str
) -> None:
    """Who may not use a table does not learn whether it exists."""
    person, other = analyst(world, table), world.table()
    client = person.client()
    for name in (other, "nobodys-table"):
        expected = not_allowed(person, "dynamodb:GetItem", table_arn(name))
        assert expected == refusal(client.get_item, TableName=name, Key=key("a"))
        expected = not_allowed(person, "dynamodb:DescribeTable", table_arn(name))
        assert expected == refusal(client.describe_table, TableName=name)
    listed = not_allowed(person, "dynamodb:ListTables", table_arn("*"))
    assert listed == refusal(client.list_tables)


def test_analyst_reads_in_another_region(world: World, table: str) -> None:
    """The document's resource names every region."""
    person = analyst(world, table)
    far = person.client(region="eu-west-1")
    missing = refusal(far.get_item, TableName=table, Key=key("a"))
    assert ("ResourceNotFoundException", "Requested resource not found") == missing


def test_application_reads_and_writes_items_only(world: World, table: str) -> None:
    """The application's policy has items in and out, by all ways, and not the table."""
    items = ("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "PartiQL*")
    actions = dynamodb(*READS, *ROWS, *items)
    resources = [on_every_region(table), f"{on_every_region(table)}/index/*"]
    person = world.user({**allow(*actions), "Resource": resources})
    client = person.client()
    client.put_item(TableName=table, **put("ACC002"))
    client.batch_write_item(RequestItems={table: [{"PutRequest": put("ACC003")}]})
    client.transact_write_items(TransactItems=[{"Put": {"TableName": table, **put("ACC004")}}])
    client.execute_statement(Statement=f"INSERT INTO \"{table}\" VALUE {{'pk': 'x', 'sk': '1'}}")
    assert 5 == client.scan(TableName=table)["Count"]
    denied = refusal(client.delete_table, TableName=table)
    assert not_allowed(person, "dynamodb:DeleteTable", table_arn(table)) == denied


def test_administrator_may_do_everything(world: World, table: str) -> None:
    """The administrator's policy, attached as a managed one to a group, opens every operation."""
    person = world.user()
    arn = world.iam.create_policy(PolicyName=f"admin-{table}", PolicyDocument=document(allow("*")))[
        "Policy"
    ]["Arn"]
    client = person.client()
    assert "AccessDeniedException" == refusal(client.delete_table, TableName=table)[0]
    group = f"admins-{table}"
    world.iam.create_group(GroupName=group)
    world.iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    world.iam.add_user_to_group(GroupName=group, UserName=person.name)
    assert table in client.list_tables()["TableNames"]
    assert person.client("iam").list_users()["Users"]
    client.delete_table(TableName=table)
    world.iam.remove_user_from_group(GroupName=group, UserName=person.name)
    assert "AccessDeniedException" == refusal(client.list_tables)[0]


def test_users_have_their_own_rows_only(world: World, table: str) -> None:
    """dynamodb:LeadingKeys against ${aws:username}: one's own items, and nobody else's."""
    alice, bob = own_rows(world, table), own_rows(world, table)
    for person, stranger in ((alice, bob), (bob, alice)):
        client = person.client()
        client.put_item(TableName=table, **put(person.name))
        client.update_item(TableName=table, Key=key(person.name))
        assert "Item" in client.get_item(TableName=table, Key=key(person.name))
        for action, call, members in (
            ("PutItem", client.put_item, put(stranger.name)),
            ("GetItem", client.get_item, {"Key": key(stranger.name)}),
            ("UpdateItem", client.update_item, {"Key": key(stranger.name)}),
            ("DeleteItem", client.delete_item, {"Key": key(stranger.name)}),
        ):
            expected = not_allowed(person, f"dynamodb:{action}", table_arn(table))
            assert expected == refusal(call, TableName=table, **members)
        # The policy names neither Query nor Scan.
        assert "AccessDeniedException" == refusal(client.scan, TableName=table)[0]
    alice.client().delete_item(TableName=table, Key=key(alice.name))


def test_own_rows_hold_in_batches_transactions_and_statements(world: World, table: str) -> None:
    """One foreign row refuses the whole request, whatever form it has; the table stays as it was."""
    more = ("BatchWriteItem", "BatchGetItem", "Query", "PartiQL*", "ConditionCheckItem")
    alice = own_rows(world, table, *more)
    client, mine = alice.client(), alice.name
    client.put_item(TableName=table, **put(mine))

    def writes(*names: str) -> dict[str, Any]:
        return {"RequestItems": {table: [{"PutRequest": put(name)} for name in names]}}

    def puts(*names: str) -> dict[str, Any]:
        return {"TransactItems": [{"Put": {"TableName": table, **put(name)}} for name in names]}

    def gets(*names: str) -> dict[str, Any]:
        reads = [{"Get": {"TableName": table, "Key": key(name)}} for name in names]
        return {"TransactItems": reads}

    def query(name: str) -> dict[str, Any]:
        values = {":p": text(name)}
        return {
            "TableName": table,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": values,
        }

    def statements(*names: str) -> dict[str, Any]:
        update = "UPDATE \"{}\" SET v = 1 WHERE pk = '{}' AND sk = '1'"
        texts = [update.format(table, name) for name in names]
        return {"TransactStatements": [{"Statement": text} for text in texts]}

    def keys(*names: str) -> dict[str, Any]:
        return {"RequestItems": {table: {"Keys": [key(name) for name in names]}}}

    client.batch_write_item(**writes(mine))
    client.batch_get_item(**keys(mine))
    client.transact_write_items(**puts(mine))
    client.transact_get_items(**gets(mine))
    client.execute_transaction(**statements(mine))
    client.query(**query(mine))
    for call, members in (
        (client.batch_write_item, writes(mine, "bob")),
        (client.batch_get_item, keys(mine, "bob")),
        (client.transact_write_items, puts(mine, "bob")),
        (client.transact_get_items, gets(mine, "bob")),
        (client.execute_transaction, statements(mine, "bob")),
        (client.query, query("bob")),
    ):
        assert "AccessDeniedException" == refusal(call, **members)[0]
    assert 2 == world.root.client().scan(TableName=table)["Count"]


def test_own_rows_do_not_stop_a_scan_that_is_allowed(world: World, table: str) -> None:
    """A scan has no leading keys, and ForAllValues holds for none: AWS's guide says to deny it beside."""
    alice = own_rows(world, table, "Scan", "PartiQLSelect")
    client = alice.client()
    assert 1 == client.scan(TableName=table)["Count"]
    assert 1 == len(client.execute_statement(Statement=f'SELECT * FROM "{table}"')["Items"])
    scans = deny("dynamodb:PartiQLSelect", Condition={"Bool": {"dynamodb:FullTableScan": "true"}})
    world.iam.put_user_policy(
        UserName=alice.name, PolicyName="no-scans", PolicyDocument=document(scans)
    )
    run = client.execute_statement
    code, message = refusal(run, Statement=f'SELECT * FROM "{table}"')
    assert "AccessDeniedException" == code
    assert message.endswith("with an explicit deny in an identity-based policy")
    own = f"SELECT * FROM \"{table}\" WHERE pk = '{alice.name}'"
    assert [] == run(Statement=own)["Items"]
