"""One region of a node: its storage, catalog, clock and background tasks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from globaltables.capacity.admission import Admission
from globaltables.capacity.traffic import Traffic
from globaltables.foundation.settings import Settings
from globaltables.itemstore.in_flight import TransactionsInFlight
from globaltables.itemstore.link_faults import LinkFaults
from globaltables.itemstore.link_state import LinkState
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import Clock, HybridLogicalClock
from globaltables.runtime.randomness import Randomness
from globaltables.runtime.tasks import Tasks
from globaltables.security.sealing.data_keys import TableKeys
from globaltables.tables.catalog import Catalog


@dataclass(slots=True)
class Region:
    """A set of tables with their own storage, log and clock; it knows nothing of other regions.

    Attributes:
        name: e.g. "eu-west-1".
        store: where items are read and written; owns the commit loop.
        catalog: the tables, as of the last applied commit.
        hlc: stamps of changes and positions of the log.
        clock: wall time, milliseconds.
        tasks: the node's background tasks; names begin with the region's name.
        admission: what every request for items passes, and what counts the units.
        links: by table number and source region, what the links say that pull into this region.
        faults: what a person does to those links.
        strong: the votes of this region (`replication.strong.registry.StrongTables`); set when its workers start.
        archive: what ships what is applied here to another place (`archive.shipping.Shipper`); None for nothing.
        services: the services beside DynamoDB (`companions.service.Neighbours`), for what they do by themselves.
        metrics: where services leave what they measure (`companions.cloudwatch.intake.Intake`).
        traffic: what became of the requests for items, for its metrics.
        keys: returns the keys of the region for its tables; None where there is no key service.
        in_flight: what transactions that were not answered yet have in their hands.
    """

    name: str
    settings: Settings
    store: Store
    catalog: Catalog
    hlc: HybridLogicalClock
    clock: Clock
    randomness: Randomness
    tasks: Tasks
    admission: Admission = field(init=False)
    in_flight: TransactionsInFlight = field(default_factory=TransactionsInFlight)
    traffic: Traffic = field(default_factory=Traffic)
    links: dict[tuple[int, str], LinkState] = field(default_factory=dict)
    faults: LinkFaults = field(default_factory=LinkFaults)
    strong: Any = None
    archive: Any = None
    metrics: Any = None
    services: Any = None
    companions: dict[str, Any] = field(default_factory=dict)
    keys: Callable[[], TableKeys] | None = None

    def __post_init__(self) -> None:
        self.admission = Admission(self.catalog, self.clock, realistic=self.settings.realistic)
