"""Document 003, task 5: a function of the document under a rule of the document, on a clock that is advanced."""

from datetime import datetime, timedelta

import pytest

from globaltables.cli.main import main
from tests.support.documents import snippet
from tests.support.functions import Functions, archive
from tests.support.server import Server
from tests.support.target import REGION, Target
from tests.support.waiting import eventually

TABLE = "transactions-global-7"
NIGHTS = 9


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_rule_makes_a_backup_each_night_and_the_function_deletes_old_ones() -> None:
    """Nine nights leave those that are at most seven whole days old, each made at its night's time."""
    with Server("--in-memory") as server:
        target = Target(server.endpoint)
        client, events = target.client(), target.other("events")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "account_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "account_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        arn = Functions(server.endpoint).make(
            "daily-backup",
            Handler="lambda_function.lambda_handler",
            Environment={"Variables": {"TABLE_NAME": TABLE}},
            Code={"ZipFile": archive({"lambda_function.py": snippet("003/lambda_function.py")})},
            Timeout=60,
        )
        events.put_rule(Name="daily-dynamodb-backup-7", ScheduleExpression="cron(0 2 * * ? *)")
        events.put_targets(Rule="daily-dynamodb-backup-7", Targets=[{"Id": "1", "Arn": arn}])

        def newest() -> datetime | None:
            found = client.list_backups(TableName=TABLE)["BackupSummaries"]
            return max((one["BackupCreationDateTime"] for one in found), default=None)

        before = newest()
        for _ in range(NIGHTS):
            main(["clock", "advance", "24h", "--endpoint", server.endpoint, "--region", REGION])
            last = before
            assert eventually(lambda last=last: newest() != last, seconds_max=30)  # type: ignore[misc]
            before = newest()

        def left() -> list[datetime]:
            found = client.list_backups(TableName=TABLE)["BackupSummaries"]
            return sorted(one["BackupCreationDateTime"] for one in found)

        assert eventually(lambda: len(left()) == 8, seconds_max=15), left()
        assert timedelta(days=7) <= left()[-1] - left()[0] < timedelta(days=8)
