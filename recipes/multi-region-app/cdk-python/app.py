"""A global table with replicas in three regions, and in each of them a function that works on the replica there."""

import os

import aws_cdk as cdk
from multi_region_app.processor_stack import ProcessorStack
from multi_region_app.table_stack import TableStack

app = cdk.App()


def setting(name: str, variable: str) -> str:
    """Return a setting of the environment, else of the context."""
    return os.environ.get(variable) or app.node.try_get_context(name)


table_name = setting("tableName", "TABLE_NAME")
primary = setting("primaryRegion", "PRIMARY_REGION")
others = [
    setting("secondaryRegion", "SECONDARY_REGION"),
    setting("tertiaryRegion", "TERTIARY_REGION"),
]
account = os.environ.get("CDK_DEFAULT_ACCOUNT")

table = TableStack(
    app,
    "GlobalTableStack",
    table_name=table_name,
    replica_regions=others,
    env=cdk.Environment(account=account, region=primary),
)
for region in [primary, *others]:
    processor = ProcessorStack(
        app,
        f"ProcessorStack-{region}",
        table_name=table_name,
        env=cdk.Environment(account=account, region=region),
    )
    processor.add_dependency(table)

app.synth()
