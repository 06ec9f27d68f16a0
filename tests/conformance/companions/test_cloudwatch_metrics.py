"""CloudWatch with boto3: what clients measure, what tables leave by themselves, dashboards."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.server import Server

_ACCOUNT = "123456789012"


@pytest.fixture
def cloudwatch(server: Server) -> Iterator[Any]:
    """A client."""
    made = _client(server, "cloudwatch")
    yield made
    made.close()


def _client(server: Server, service: str) -> Any:
    client: Any = boto3.client  # overloaded for every service by name
    return client(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=_ACCOUNT,
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1}),
    )


def _times() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5)}


def _refused(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_was_put_is_told_in_all_statistics(cloudwatch: Any) -> None:
    """Values with counts, statistic values, percentiles."""
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {
                "MetricName": "took",
                "Values": [1.0, 2.0, 10.0],
                "Counts": [1.0, 2.0, 1.0],
                "Unit": "Seconds",
            },
            {"MetricName": "took", "Value": 5.0, "Unit": "Seconds"},
        ],
    )
    answer = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="took",
        Period=3600,
        Statistics=["SampleCount", "Sum", "Minimum", "Maximum"],
        ExtendedStatistics=["p50", "tm99"],
        **_times(),
    )
    sums = [0.0, 0.0]
    for point in answer["Datapoints"]:
        sums = [sums[0] + point["SampleCount"], sums[1] + point["Sum"]]
    assert ([5.0, 20.0], "took") == (sums, answer["Label"])
    assert {"Seconds"} == {point["Unit"] for point in answer["Datapoints"]}
    assert {"p50", "tm99"} == set(answer["Datapoints"][0]["ExtendedStatistics"])


def test_metrics_are_listed_by_namespace_name_and_dimensions(cloudwatch: Any) -> None:
    """A dimension filter may leave the value open."""
    for user in ("ann", "bob"):
        dimensions = [{"Name": "User", "Value": user}]
        data = [{"MetricName": "visits", "Value": 1.0, "Dimensions": dimensions}]
        cloudwatch.put_metric_data(Namespace="Visits", MetricData=data)

    def listed(**members: Any) -> list[str]:
        found = cloudwatch.list_metrics(**members)["Metrics"]
        return [one["Dimensions"][0]["Value"] for one in found]

    assert ["ann", "bob"] == listed(Namespace="Visits")
    assert ["ann", "bob"] == listed(Namespace="Visits", Dimensions=[{"Name": "User"}])
    assert ["bob"] == listed(
        MetricName="visits", Dimensions=[{"Name": "User", "Value": "bob"}], RecentlyActive="PT3H"
    )
    assert [] == listed(Namespace="Visit")


def test_expressions_are_computed_from_what_was_put(cloudwatch: Any) -> None:
    """Queries refer to each other; those that are only needed are not told."""
    cloudwatch.put_metric_data(
        Namespace="Share",
        MetricData=[
            {"MetricName": "all", "Value": 8.0},
            {"MetricName": "bad", "Value": 2.0},
        ],
    )
    queries = [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": "Share", "MetricName": name},
                "Period": 3600,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name in ("all", "bad")
    ]
    queries.append({"Id": "share", "Expression": "100 * SUM(bad) / SUM(all)", "Label": "percent"})
    answer = cloudwatch.get_metric_data(MetricDataQueries=queries, **_times())
    (result,) = answer["MetricDataResults"]
    assert ("share", "percent", "Complete") == (result["Id"], result["Label"], result["StatusCode"])
    assert {25.0} == set(result["Values"])


def test_a_bad_query_is_refused(cloudwatch: Any) -> None:
    """With the expression and the reason."""
    queries = [{"Id": "e1", "Expression": "WHAT(1)"}]
    assert (
        "ValidationError",
        "Error in expression 'e1': Unsupported function 'WHAT'.",
    ) == _refused(cloudwatch.get_metric_data, MetricDataQueries=queries, **_times())


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {"Period": 45},
            ("InvalidParameterValue", "The parameter Period must be a multiple of 60."),
        ),
        (
            {"Statistics": []},
            ("MissingParameter", "Must specify either Statistics or ExtendedStatistics"),
        ),
        (
            {"EndTime": datetime(2020, 1, 1, tzinfo=UTC)},
            (
                "InvalidParameterCombination",
                "The parameter StartTime must be less than the parameter EndTime.",
            ),
        ),
        (
            {
                "StartTime": datetime(2020, 1, 1, tzinfo=UTC),
                "EndTime": datetime(2020, 1, 3, tzinfo=UTC),
            },
            (
                "InvalidParameterCombination",
                "You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You "
                "may reduce the datapoints requested by increasing Period, or decreasing the time "
                "range.",
            ),
        ),
    ],
)
def test_statistics_that_cannot_be_are_refused(
    cloudwatch: Any, members: dict[str, Any], expected: tuple[str, str]
) -> None:
    """In AWS's words."""
    request = {"Namespace": "Shop", "MetricName": "took", "Period": 60, "Statistics": ["Sum"]}
    kept = {**request, **_times(), **members}
    if not kept["Statistics"]:
        del kept["Statistics"]
    assert expected == _refused(cloudwatch.get_metric_statistics, **kept)


def test_a_namespace_of_aws_takes_nothing_from_clients(cloudwatch: Any) -> None:
    """Nobody feigns what tables did."""
    data = [{"MetricName": "m", "Value": 1.0}]
    expected = ("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    assert expected == _refused(
        cloudwatch.put_metric_data, Namespace="AWS/DynamoDB", MetricData=data
    )


def test_tables_are_measured_by_themselves(server: Server, cloudwatch: Any) -> None:
    """Units, durations, failed conditions, returned items and errors, at once and with AWS's dimensions."""
    dynamodb = _client(server, "dynamodb")
    name = "measured-by-itself"
    key = {"AttributeName": "pk", "KeyType": "HASH"}
    dynamodb.create_table(
        TableName=name,
        KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(3):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(number)}})
    dynamodb.get_item(TableName=name, Key={"pk": {"S": "0"}}, ConsistentRead=True)
    dynamodb.scan(TableName=name)
    once = {"ConditionExpression": "attribute_not_exists(pk)"}
    assert (
        "ConditionalCheckFailedException"
        == _refused(dynamodb.put_item, TableName=name, Item={"pk": {"S": "0"}}, **once)[0]
    )
    assert "ValidationException" == _refused(dynamodb.get_item, TableName=name, Key={})[0]
    of_table = {"TableName": name}

    def total(metric: str, **dimensions: str) -> tuple[float, float]:
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName=metric,
            Dimensions=[{"Name": one, "Value": value} for one, value in dimensions.items()],
            Period=60,
            Statistics=["Sum", "SampleCount"],
            **_times(),
        )
        found = answer["Datapoints"]
        return sum(one["Sum"] for one in found), sum(one["SampleCount"] for one in found)

    assert (4.0, 4.0) == total("ConsumedWriteCapacityUnits", **of_table)
    assert (1.5, 2.0) == total("ConsumedReadCapacityUnits", **of_table)
    assert 3.0 == total("SuccessfulRequestLatency", Operation="PutItem", **of_table)[1]
    assert 0.0 < total("SuccessfulRequestLatency", Operation="GetItem", **of_table)[0] < 5_000
    assert (1.0, 1.0) == total("ConditionalCheckFailedRequests", **of_table)
    assert (3.0, 1.0) == total("ReturnedItemCount", Operation="Scan", **of_table)
    assert 1.0 <= total("UserErrors")[0]
    dynamodb.delete_table(TableName=name)
    dynamodb.close()


def test_a_dashboard_is_stored_and_validated(cloudwatch: Any) -> None:
    """What is wrong in a widget is told; what is no dashboard is refused."""
    body = '{"widgets":[{"type":"metric","properties":{"metrics":[["Shop","took"]],"region":"x"}}]}'
    put = cloudwatch.put_dashboard(DashboardName="orders-1", DashboardBody=body)
    told = cloudwatch.put_dashboard(
        DashboardName="orders-2", DashboardBody='{"widgets":[{"type":"metric","properties":{}}]}'
    )
    found = cloudwatch.list_dashboards(DashboardNamePrefix="orders-")["DashboardEntries"]
    assert [] == put["DashboardValidationMessages"]
    assert "/widgets/0/properties" == told["DashboardValidationMessages"][0]["DataPath"]
    assert ["orders-1", "orders-2"] == [one["DashboardName"] for one in found]
    assert body == cloudwatch.get_dashboard(DashboardName="orders-1")["DashboardBody"]
    assert (
        "InvalidParameterInput"
        == _refused(cloudwatch.put_dashboard, DashboardName="orders-3", DashboardBody="no JSON")[0]
    )
    cloudwatch.delete_dashboards(DashboardNames=["orders-1", "orders-2"])
    assert ("ResourceNotFound", "Dashboard orders-1 does not exist") == _refused(
        cloudwatch.get_dashboard, DashboardName="orders-1"
    )


def test_what_is_not_there_is_refused_by_name(cloudwatch: Any) -> None:
    """Anomaly detectors, metric streams and rules of insights."""
    for operation in (
        "describe_anomaly_detectors",
        "list_metric_streams",
        "describe_insight_rules",
    ):
        assert "is not supported by globaltables" in _refused(getattr(cloudwatch, operation))[1]
