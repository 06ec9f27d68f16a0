"""As whom services reach their targets: the one place that decides it."""

from globaltables.companions.records import Document
from globaltables.security.principals import Principal, account_root


def acting_for(document: Document) -> Principal:
    """Return who asks a delivery's target.

    It is the account that has the rule, schedule or subscription: the target is in it, or lets it in by a policy of
    its own.
    """
    return account_root(document["account"])
