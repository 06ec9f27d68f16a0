"""Every operation asks for a permission: itself at its tables, or before it begins."""

from globaltables.operations.permissions import ASKING_THEMSELVES, guarded
from globaltables.operations.registry import HANDLERS


def test_every_operation_asks_for_permissions() -> None:
    """What does not ask itself is guarded, and what is said to ask is served."""
    handlers = guarded(HANDLERS)
    assert HANDLERS.keys() == handlers.keys()
    unguarded = {target for target in handlers if handlers[target] is HANDLERS[target]}
    assert ASKING_THEMSELVES == unguarded
