"""What is kept of dashboards."""

from globaltables.companions.records import Document, Records
from globaltables.engine.interface import Reader
from globaltables.itemstore.stage import Stage

_DASHBOARDS = Records("monitoring", "dashboard")


def dashboard_named(reader: Reader | Stage, account: str, name: str) -> Document | None:
    """Return a dashboard."""
    return _DASHBOARDS.get(reader, account, name) if name.isascii() else None


def put_dashboard(stage: Stage, account: str, name: str, dashboard: Document | None) -> None:
    """Stage a dashboard, or the end of one."""
    _DASHBOARDS.put(stage, account, name, dashboard)


def dashboards_of(reader: Reader, account: str) -> list[tuple[str, Document]]:
    """Return the dashboards of an account by name, in the order of their names."""
    return list(_DASHBOARDS.of_account(reader, account))
