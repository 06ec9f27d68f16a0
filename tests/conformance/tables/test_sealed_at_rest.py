"""Tables under keys of KMS on the disk: what is found there, what is left after a stop, what needs the root key."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from botocore.exceptions import ClientError

from tests.support.sealed_tables import ITEMS, SECRET, World, item, sse
from tests.support.server import Server


def _found(folder: Path) -> list[str]:
    """Return the files of a folder in which the secret is found, those of an archive unpacked."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if content.startswith(b"\x28\xb5\x2f\xfd"):
                content = zstandard.ZstdDecompressor().decompress(content)
            if SECRET.encode() in content:
                found.append(str(path.relative_to(folder)))
    return sorted(found)


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[tuple[World, Path]]:
    """A server on the disk with an archive, and the folder that has both."""
    archive = tmp_path / "archive"
    archive.mkdir()
    arguments = ("--data-dir", str(tmp_path / "data"), "--archive", archive.as_uri())
    with Server(*arguments, "--archive-interval", "0.1") as server:
        yield World(server), tmp_path


def test_nothing_of_a_sealed_table_is_found_on_the_disk(stored: tuple[World, Path]) -> None:
    """Not in the write-ahead log, tables, backups, history, spool, nor in the archive; after a kill neither."""
    world, folder = stored
    client = world.client("dynamodb")
    name = world.create("sealed", SSESpecification=sse(world.key()))
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    client.update_item(
        TableName=name,
        Key={member: item(1)[member] for member in ("pk", "sk")},
        UpdateExpression="SET colour = :c",
        ExpressionAttributeValues={":c": {"S": f"colour-{SECRET}-9"}},
    )
    client.delete_item(TableName=name, Key={member: item(2)[member] for member in ("pk", "sk")})
    client.create_backup(TableName=name, BackupName="backup")
    replicated = {"RegionName": "eu-west-1", "KMSMasterKeyId": world.key("eu-west-1")}
    client.update_table(TableName=name, ReplicaUpdates=[{"Create": replicated}])
    world.wait(name, lambda table: table.get("Replicas", [{}])[0].get("ReplicaStatus") == "ACTIVE")
    assert ITEMS - 1 == len(world.keys(name, "eu-west-1"))
    time.sleep(0.5)  # the archive ships
    assert [] == _found(folder)
    world.server.kill()
    assert [] == _found(folder)
    world.server.start()
    assert ITEMS - 1 == len(world.keys(name))
    world.server.stop()
    assert [] == _found(folder)
    assert any((folder / "archive").rglob("0*"))


def test_what_was_stored_before_is_gone_when_encryption_is_on(stored: tuple[World, Path]) -> None:
    """The files are written anew before the table says ENABLED; an archive keeps what it was given before."""
    world, folder = stored
    name = world.create("plain")
    data = folder / "data" / "regions"
    assert [] != _found(data)
    world.client("dynamodb").update_table(TableName=name, SSESpecification=sse(world.key()))
    world.wait(name, lambda table: table["SSEDescription"]["Status"] == "ENABLED")
    assert [] == _found(data)
    assert ITEMS == len(world.keys(name))


def test_a_disabled_key_is_remembered_over_a_stop(stored: tuple[World, Path]) -> None:
    """The table stays closed; it is open again with its items as soon as the key is enabled."""
    world, _ = stored
    key = world.key()
    name = world.create("closed", SSESpecification=sse(key))
    world.client("kms").disable_key(KeyId=key)
    world.server.kill()
    world.server.start()
    assert "INACCESSIBLE_ENCRYPTION_CREDENTIALS" == world.described(name)["TableStatus"]
    world.client("kms").enable_key(KeyId=key)
    assert ITEMS == len(world.keys(name))


def test_without_the_root_key_a_sealed_table_is_closed_and_the_rest_is_open(
    stored: tuple[World, Path],
) -> None:
    """Nothing is guessed; with the root key everything is there again."""
    world, folder = stored
    sealed = world.create("sealed", SSESpecification=sse(world.key()))
    plain = world.create("plain")
    world.server.stop()
    shutil.move(folder / "data" / "root.key", folder / "root.key")
    world.server.start()
    assert ITEMS == len(world.keys(plain))
    with pytest.raises(ClientError):
        world.keys(sealed)
    world.server.stop()
    (folder / "data" / "root.key").unlink(missing_ok=True)
    shutil.move(folder / "root.key", folder / "data" / "root.key")
    world.server.start()
    assert ITEMS == len(world.keys(sealed))
