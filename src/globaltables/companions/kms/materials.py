"""New key material for keys that are rotated."""

from dataclasses import replace

from globaltables.companions.kms.finding import MATERIAL_BYTES, new_id
from globaltables.companions.kms.keys import Key, Rotated, new_material
from globaltables.companions.kms.vault import vault
from globaltables.itemstore.region import Region
from globaltables.runtime.randomness import new_bytes


def rotated(region: Region, key: Key, now_ms: int, kind: Rotated) -> Key:
    """Return a key with new key material; what was encrypted before is still opened."""
    secret = new_bytes(MATERIAL_BYTES)
    material = new_material(vault(region).root, key.id, secret, new_id(), now_ms, kind)
    return replace(key, materials=(*key.materials, material))
