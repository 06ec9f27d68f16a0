"""DescribeLimits: the account's capacity quotas in a region."""

from globaltables.foundation.limits import ACCOUNT_THROUGHPUT_MAX, TABLE_THROUGHPUT_MAX
from globaltables.operations.context import Answer, Call


def handle(call: Call) -> Answer:
    """Return the quotas, which are AWS's defaults.

    Source: API_DescribeLimits.
    """
    return {
        "AccountMaxReadCapacityUnits": ACCOUNT_THROUGHPUT_MAX,
        "AccountMaxWriteCapacityUnits": ACCOUNT_THROUGHPUT_MAX,
        "TableMaxReadCapacityUnits": TABLE_THROUGHPUT_MAX,
        "TableMaxWriteCapacityUnits": TABLE_THROUGHPUT_MAX,
    }
