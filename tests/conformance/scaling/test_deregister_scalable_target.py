"""DeregisterScalableTarget: a target goes with its policies."""

from typing import Any

from tests.support.legacy_tables import refusal
from tests.support.scaling import ScaledDimension


def test_deregister_target_takes_its_policies_with_it(
    writes: ScaledDimension, service: Any
) -> None:
    """A sibling stays; a new registration has none of the old policies."""
    reads = writes.sibling(units="ReadCapacityUnits")
    reads.register()
    writes.register()
    writes.put()
    service.deregister_scalable_target(**writes.names)
    assert [] == writes.found()
    assert 1 == len(reads.found())
    writes.register()
    assert [] == writes.policies()


def test_deregister_target_whose_table_is_gone_is_possible(
    writes: ScaledDimension, service: Any
) -> None:
    """A target outlives its table."""
    writes.register()
    writes.target.client().delete_table(TableName=writes.name)
    assert 1 == len(writes.found())
    service.deregister_scalable_target(**writes.names)
    assert [] == writes.found()


def test_deregister_target_that_is_not_there_is_refused(
    writes: ScaledDimension, service: Any
) -> None:
    """The words name what was asked for."""
    names = writes.names
    assert (
        "ObjectNotFoundException",
        f"No scalable target found for service namespace: dynamodb, resource ID: {names['ResourceId']}, "
        f"scalable dimension: {names['ScalableDimension']}",
    ) == refusal(service.deregister_scalable_target, **names)
