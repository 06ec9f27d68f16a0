"""UpdateTableReplicaAutoScaling: auto scaling of a global table."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.legacy_tables import refusal
from tests.support.scaling import (
    AWAY,
    DISABLED,
    HOME,
    INDEX,
    KEYS,
    UNITS,
    ScaledTable,
    create_global_table,
    index,
    settings,
)
from tests.support.server import Server
from tests.support.target import Target

MakeScaled = Callable[..., ScaledTable]
WRITES = "ReplicaProvisionedWriteCapacityAutoScalingSettings"
READS = "ReplicaProvisionedReadCapacityAutoScalingSettings"


def reads(region: str, update: Any) -> Any:
    """Return the update of the reads of one member."""
    member = {"RegionName": region, "ReplicaProvisionedReadCapacityAutoScalingUpdate": update}
    return {"ReplicaUpdates": [member]}


def test_update_scaling_of_writes_raises_the_units_of_every_member_to_the_minimum(
    scaled: MakeScaled,
) -> None:
    """The answer says that units change; both regions have them, and since when."""
    table = scaled()
    answer = table.update(AWAY, ProvisionedWriteCapacityAutoScalingUpdate=settings(8, 20))
    assert "UPDATING" == answer["TableStatus"]
    assert table.comes_to((5, 8), (5, 8))
    for region in (HOME, AWAY):
        assert "LastIncreaseDateTime" in table.describe(region)["ProvisionedThroughput"]
        shown = table.replica(region)[WRITES]
        assert (8, 20) == (shown["MinimumUnits"], shown["MaximumUnits"])


@pytest.mark.ours("AWS answers the settings of before")
def test_update_scaling_answers_the_new_settings(scaled: MakeScaled) -> None:
    """The answer is what a description says from then on."""
    table = scaled()
    answer = table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings())
    assert 10 == answer["Replicas"][0][WRITES]["MaximumUnits"]
    assert answer == table.scaling()


def test_update_scaling_lowers_the_units_to_the_maximum(scaled: MakeScaled) -> None:
    """Units outside of the bounds are brought inside at once."""
    table = scaled()
    table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings(1, 3))
    assert table.comes_to((5, 3), (5, 3))


def test_update_scaling_within_the_bounds_leaves_the_units(scaled: MakeScaled) -> None:
    """Nothing is scaled before something was consumed."""
    table = scaled()
    answer = table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings())
    assert "ACTIVE" == answer["TableStatus"]
    assert (5, 5) == table.units()


def test_update_scaling_of_reads_changes_one_member(scaled: MakeScaled) -> None:
    """The others list what differs as an override, and keep their own."""
    table = scaled()
    table.update(HOME, **reads(AWAY, settings(9, 20)))
    assert table.comes_to((5, 5), (9, 5))
    for region, units in ((HOME, 9), (AWAY, 5)):
        (other,) = table.describe(region)["Replicas"]
        assert {"ReadCapacityUnits": units} == other["ProvisionedThroughputOverride"]


def test_update_scaling_of_an_index_changes_its_units(scaled: MakeScaled) -> None:
    """Writes everywhere, reads in one member."""
    table = scaled(with_index=True)
    update = {"IndexName": INDEX, "ProvisionedWriteCapacityAutoScalingUpdate": settings(7, 20)}
    table.update(GlobalSecondaryIndexUpdates=[update])
    update = {"IndexName": INDEX, "ProvisionedReadCapacityAutoScalingUpdate": settings(9, 20)}
    table.update(
        ReplicaUpdates=[{"RegionName": AWAY, "ReplicaGlobalSecondaryIndexUpdates": [update]}]
    )
    assert table.index_comes_to((5, 7), (9, 7))
    (shown,) = table.replica(AWAY)["GlobalSecondaryIndexes"]
    assert 7 == shown["ProvisionedWriteCapacityAutoScalingSettings"]["MinimumUnits"]
    assert 9 == shown["ProvisionedReadCapacityAutoScalingSettings"]["MinimumUnits"]
    assert [(5, 5)] * 2 == [table.units(region) for region in (HOME, AWAY)]


def test_update_scaling_that_disables_it_ends_one_dimension_everywhere(scaled: MakeScaled) -> None:
    """The other dimension keeps its settings; to disable twice is no error."""
    table = scaled()
    table.update(
        ProvisionedWriteCapacityAutoScalingUpdate=settings(), **reads(HOME, settings(1, 20))
    )
    for _ in range(2):
        table.update(ProvisionedWriteCapacityAutoScalingUpdate={"AutoScalingDisabled": True})
    assert [DISABLED] * 2 == [table.replica(region)[WRITES] for region in (HOME, AWAY)]
    assert 20 == table.replica(HOME)[READS]["MaximumUnits"]


def test_update_scaling_with_another_policy_name_replaces_the_policy(scaled: MakeScaled) -> None:
    """A dimension has one policy."""
    table = scaled()
    for name in ("one", "two"):
        table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings(name=name))
    shown = table.replica()[WRITES]["ScalingPolicies"]
    assert ["two"] == [policy["PolicyName"] for policy in shown]


@pytest.mark.parametrize(
    ("update", "text"),
    [
        (
            {},
            ": Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' are required "
            "unless auto scaling is being disabled.",
        ),
        (
            {"MinimumUnits": 1, "MaximumUnits": 2},
            ": Parameters 'ScalingPolicyUpdate' are required unless auto scaling is being disabled.",
        ),
        (
            {**settings(), "MinimumUnits": None, "MaximumUnits": None},
            ": Parameters 'MaximumUnits', 'MinimumUnits' are required unless auto scaling is being "
            "disabled.",
        ),
        (
            {"AutoScalingDisabled": False},
            ": Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' are required "
            "unless auto scaling is being disabled.",
        ),
    ],
)
def test_update_scaling_without_all_parameters_is_refused(
    scaled: MakeScaled, update: dict[str, Any], text: str
) -> None:
    """Settings are replaced as a whole."""
    table = scaled(provisioned=False)
    given = {member: value for member, value in update.items() if value is not None}
    assert (
        "ValidationException",
        f"Failed to update settings for global table with name: ‘{table.name}’{text}",  # noqa: RUF001 - AWS's quotes
    ) == refusal(table.update, ProvisionedWriteCapacityAutoScalingUpdate=given)


@pytest.mark.parametrize(
    ("update", "parameters"),
    [
        ({"MinimumUnits": 1, "MaximumUnits": 2}, "'MaximumUnits', 'MinimumUnits'"),
        (
            {"ScalingPolicyUpdate": settings()["ScalingPolicyUpdate"]},
            "'ScalingPolicyUpdate'",
        ),
    ],
)
def test_update_scaling_that_disables_and_sets_is_refused(
    scaled: MakeScaled, update: dict[str, Any], parameters: str
) -> None:
    """To disable takes nothing else."""
    table = scaled(provisioned=False)
    assert (
        "ValidationException",
        f"Failed to update settings for global table with name ‘{table.name}’: Parameters "  # noqa: RUF001 - AWS's quotes
        f"{parameters} must be left blank when disabling auto scaling.",
    ) == refusal(
        table.update,
        ProvisionedWriteCapacityAutoScalingUpdate={"AutoScalingDisabled": True, **update},
    )


def test_update_scaling_of_what_is_not_there_is_refused(scaled: MakeScaled) -> None:
    """Regions, indexes, and a request without any change."""
    table = scaled()
    write = {"IndexName": "none", "ProvisionedWriteCapacityAutoScalingUpdate": settings()}
    read = {"IndexName": "none", "ProvisionedReadCapacityAutoScalingUpdate": settings()}
    twice = reads(HOME, settings())["ReplicaUpdates"] * 2
    failed = f"Failed to update settings for global table with name: ‘{table.name}’ because "  # noqa: RUF001 - AWS's quotes
    for members, code, text in (
        ({}, "ValidationException", "at least one update parameter must be specified."),
        (
            {"ReplicaUpdates": [{"RegionName": HOME}]},
            "ValidationException",
            f"at least one update parameter must be specified for region: ‘{HOME}’.",  # noqa: RUF001 - AWS's quotes
        ),
        (
            {"ReplicaUpdates": twice},
            "ValidationException",
            f"the regions: ‘[{HOME}]’ were specified more than once.",  # noqa: RUF001 - AWS's quotes
        ),
        (
            reads("eu-west-3", settings()),
            "ResourceNotFoundException",
            "a replica does not exist in regions: ‘[eu-west-3]’.",  # noqa: RUF001 - AWS's quotes
        ),
        (
            {"GlobalSecondaryIndexUpdates": [write]},
            "ResourceNotFoundException",
            "the global secondary indexes with names: ‘[none]’ do not exist.",  # noqa: RUF001 - AWS's quotes
        ),
        (
            {
                "ReplicaUpdates": [
                    {"RegionName": AWAY, "ReplicaGlobalSecondaryIndexUpdates": [read]}
                ]
            },
            "ResourceNotFoundException",
            "a global secondary index with name: ‘none’ does not exist "  # noqa: RUF001 - AWS's quotes
            f"in region: ‘{AWAY}’.",  # noqa: RUF001 - AWS's quotes
        ),
    ):
        assert (code, failed + text) == refusal(table.update, **members)


def test_update_scaling_of_a_table_on_demand_is_refused_unless_it_disables(
    scaled: MakeScaled,
) -> None:
    """On-demand capacity has nothing to scale."""
    table = scaled(provisioned=False)
    for members, parameter in (
        (
            {"ProvisionedWriteCapacityAutoScalingUpdate": settings()},
            "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate",
        ),
        (reads(HOME, settings()), "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"),
    ):
        assert (
            "ValidationException",
            f"Failed to update global table with name ‘{table.name}‘. Replicas 'EU-WEST-1', "  # noqa: RUF001, S608 - AWS's text
            "'US-EAST-1' BillingMode is PayPerRequest. You must convert table's BillingMode to "
            f"PROVISIONED to set parameters: '{parameter}'.",
        ) == refusal(table.update, **members)
    table.update(ProvisionedWriteCapacityAutoScalingUpdate={"AutoScalingDisabled": True})


@pytest.mark.parametrize(
    ("update", "text"),
    [
        (settings(10, 5), "Maximum capacity cannot be less than minimum capacity"),
        (
            settings(percent=90.1),
            "For predefined metric type DynamoDBWriteCapacityUtilization, target value must be "
            "between '10.0' and '90.0', but was '90.1'.",
        ),
        (
            settings(percent=0.0),
            "For target tracking scaling, target value must be between '8.51592E-109' and "
            "'1.174271E108', but was '0.0'.",
        ),
        ({**settings(), "AutoScalingRoleArn": "arn:aws:iam::123456789012:role/mine"}, "User: "),
    ],
)
def test_update_scaling_that_the_scaling_service_refuses_passes_its_words_on(
    scaled: MakeScaled, update: Any, text: str
) -> None:
    """The words end in the other service's name and a request id."""
    table = scaled()
    code, message = refusal(table.update, ProvisionedWriteCapacityAutoScalingUpdate=update)
    assert ("ValidationException", text) == (code, message[: len(text)])
    tail = (
        " (Service: AWSApplicationAutoScaling; Status Code: 400; Error Code: ValidationException;"
    )
    assert tail in message


@pytest.mark.parametrize(
    "update", [settings(percent=19.9), settings(5, 5), settings(ScaleInCooldown=-1)]
)
def test_update_scaling_at_the_edges_is_accepted(scaled: MakeScaled, update: Any) -> None:
    """Equal bounds, a low target, the role that it has anyway, a cooldown below zero."""
    table = scaled()
    table.update(
        ProvisionedWriteCapacityAutoScalingUpdate={**update, "AutoScalingRoleArn": table.role()}
    )


def test_new_index_of_a_provisioned_global_table_is_scaled(scaled: MakeScaled) -> None:
    """It is refused while other writes are not scaled, and gets settings of its own."""
    table = scaled()
    creation: Any = {
        "TableName": table.name,
        "AttributeDefinitions": KEYS,
        "GlobalSecondaryIndexUpdates": [{"Create": index(ProvisionedThroughput=UNITS)}],
    }
    client = table.target.client()
    assert (
        "ValidationException",
        "Table write capacity should either be Pay-Per-Request or AutoScaled.",
    ) == refusal(client.update_table, **creation)
    table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings())
    client.update_table(**creation)
    assert table.patience.for_change(lambda: table.replica(AWAY).get("GlobalSecondaryIndexes"))
    assert table.patience.for_change(table.settled)
    for region in (HOME, AWAY):
        (shown,) = table.replica(region)["GlobalSecondaryIndexes"]
        writes = shown["ProvisionedWriteCapacityAutoScalingSettings"]
        assert (1, 10) == (writes["MinimumUnits"], writes["MaximumUnits"])
        (policy,) = writes["ScalingPolicies"]
        name = f"DynamoDBWriteCapacityUtilization:table/{table.name}/index/{INDEX}"
        assert name == policy["PolicyName"]


@pytest.mark.ours("starts a server of its own")
def test_update_scaling_is_kept_over_a_restart(data_server: Callable[..., Server]) -> None:
    """Settings are stored, and so are the units that they led to."""
    name = "scaled"
    with data_server() as server:
        target = Target(server.endpoint)
        table = create_global_table(target, name)
        table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings(8, 20))
        before = table.scaling()
        target.close()
    with data_server() as server:
        target = Target(server.endpoint)
        table = ScaledTable(target, name)
        assert {**before, "TableStatus": "ACTIVE"} == table.scaling()
        assert [(5, 8)] * 2 == [table.units(region) for region in (HOME, AWAY)]
        target.close()
