"""DeleteFault: ending faults."""

import pytest

from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from tests.support.server import Server


def test_delete_fault_that_does_not_exist_is_refused(server: Server) -> None:
    """The text names it and the region."""
    connection = Connection(server.endpoint, "eu-south-2")

    with pytest.raises(OperationalError, match="There is no fault nothing in eu-south-2"):
        connection.call(connection.own().delete_fault, FaultId="nothing")


def test_delete_fault_without_a_name_ends_all(server: Server) -> None:
    """And tells how many there were."""
    connection = Connection(server.endpoint, "eu-south-2")
    for kind in ("CUT", "PAUSE"):
        connection.call(connection.own().put_fault, Kind=kind)

    assert 2 == connection.call(connection.own().delete_fault)["Deleted"]
