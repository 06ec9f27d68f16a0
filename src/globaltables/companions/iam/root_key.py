"""The access key of an account's root that a node makes when it is first started."""

from globaltables.companions.iam.access_keys import add_key
from globaltables.companions.iam.stored import account_document
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.security.session_tokens import LASTING, new_access_key


async def make_root_key(region: Region, account: str) -> str | None:
    """Make an access key unless the root of the account has one; return its id."""
    key_id = new_access_key(LASTING, account)
    created_s = region.clock.now_ms() // 1000

    def decide(stage: Stage) -> str | None:
        if account_document(stage, account)["keys"]:
            return None
        key = {"id": key_id, "user": "", "status": "Active", "created_s": created_s}
        add_key(stage, account, key)
        return key_id

    made: str | None = await region.store.submit(decide)
    return made
