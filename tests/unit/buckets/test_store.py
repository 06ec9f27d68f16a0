"""Objects with versions, and what a crash leaves of a change."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from globaltables.buckets.interface import BucketError, ObjectOptions
from globaltables.buckets.records import Bucket
from globaltables.buckets.shared import SharedBuckets
from globaltables.buckets.store import ObjectStore


class _Crash(BaseException):
    """The process ends here."""


class World:
    """A store with one bucket.

    Args:
        root: its folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = ObjectStore(root, sync=False)
        self.store.buckets.create(Bucket("things", "123456789012", "eu-west-1", 1))
        self.ids = (f"v{number}" for number in count(1))

    def versioning(self, status: str) -> None:
        """Set the bucket's versioning."""
        bucket = self.store.buckets.find("things")
        self.store.buckets.save(
            Bucket("things", bucket.account, bucket.region, 1, {"versioning": status})
        )

    def put(self, key: str, content: bytes, **facts: Any) -> str:
        """Store an object and return its version."""
        file, path = self.store.temporary()
        file.write(content)
        self.store.finish(file)
        return self.store.put("things", key, path, facts, version=next(self.ids)).version

    def get(self, key: str, version: str | None = None) -> bytes:
        """Return the content of an object."""
        row, file = self.store.open("things", key, version)
        if file is None:
            return b"deleted " + row.version.encode()
        with file:
            return file.read()

    def delete(self, key: str, version: str | None = None) -> str:
        """Delete an object."""
        done = self.store.delete("things", key, version, marker_version=next(self.ids))
        return done.version

    def versions(self) -> list[tuple[str, list[str]]]:
        """Return every key with its versions."""
        return [
            (raw.decode(), [row.version + ("!" if row.marker else "") for row in rows])
            for raw, rows in self.store.listed_versions("things", "", b"")
        ]

    def keys(self) -> list[str]:
        """Return the keys of the current versions."""
        return [row.key for row in self.store.listed("things", "", b"")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store with the bucket `things`."""
    made = World(tmp_path)
    yield made
    made.store.close()


def test_put_without_versions_replaces_object_and_facts(world: World) -> None:
    """One row and one file are left."""
    world.put("a/b", b"1", type="x")
    world.put("a/b", b"2", type="y")

    assert b"2" == world.get("a/b")
    assert "y" == world.store.find("things", "a/b").facts["type"]
    assert [("a/b", ["null"])] == world.versions()
    assert b"2" == (world.root / "things" / "a" / "b").read_bytes()


def test_put_with_versions_keeps_the_older_ones(world: World) -> None:
    """The one from before the versions is called null."""
    world.put("a", b"0")
    world.versioning("Enabled")
    world.put("a", b"1")
    world.put("a", b"2")

    assert [("a", ["v3", "v2", "null"])] == world.versions()
    assert [b"0", b"1", b"2"] == [world.get("a", one) for one in ("null", "v2", "v3")]
    assert ["a"] == world.keys()


def test_put_into_suspended_versions_replaces_null_only(world: World) -> None:
    """What has a version stays."""
    world.versioning("Enabled")
    world.put("a", b"1")
    world.versioning("Suspended")
    world.put("a", b"2")
    world.put("a", b"3")

    assert [("a", ["null", "v1"])] == world.versions()
    assert [b"3", b"1"] == [world.get("a"), world.get("a", "v1")]


def test_delete_with_versions_puts_a_mark_and_its_deletion_brings_the_object_back(
    world: World,
) -> None:
    """The file goes and comes back."""
    world.versioning("Enabled")
    world.put("a/b", b"1")
    marker = world.delete("a/b")

    assert [("a/b", ["v2!", "v1"])] == world.versions()
    assert [] == world.keys()
    assert not (world.root / "things" / "a").exists()
    assert b"deleted v2" == world.get("a/b")
    world.delete("a/b", marker)
    assert b"1" == world.get("a/b")
    assert [("a/b", ["v1"])] == world.versions()


def test_delete_of_the_current_version_makes_the_one_before_it_current(world: World) -> None:
    """Down to nothing, so that the bucket can be deleted."""
    world.versioning("Enabled")
    for content in (b"1", b"2", b"3"):
        world.put("a", content)
    world.delete("a", "v3")
    assert b"2" == world.get("a")
    world.delete("a", "v1")
    world.delete("a", "v2")

    assert [] == world.versions()
    world.store.delete_bucket("things")
    assert not (world.root / "things").exists()


def test_delete_bucket_with_a_mark_of_deletion_is_refused(world: World) -> None:
    """All versions have to go first."""
    world.versioning("Enabled")
    world.put("a", b"1")
    world.delete("a")

    with pytest.raises(BucketError, match="BucketNotEmpty"):
        world.store.delete_bucket("things")


def test_file_that_a_person_put_is_an_object(world: World) -> None:
    """Its digest is made when somebody asks, and it becomes an older version as any other."""
    folder = world.root / "things" / "in"
    folder.mkdir()
    (folder / "x.json").write_bytes(b"hello")
    facts = world.store.find("things", "in/x.json").facts

    assert {"etag": "5d41402abc4b2a76b9719d911017c592", "type": "application/json"} == facts
    world.versioning("Enabled")
    world.put("in/x.json", b"new")
    assert b"hello" == world.get("in/x.json", "null")


def test_shared_buckets_keep_versions(world: World) -> None:
    """An export into a bucket with versions overwrites nothing."""
    world.versioning("Enabled")
    world.put("a", b"1")
    shared = SharedBuckets(world.root, sync=False)
    upload = shared.upload("things", "a", ObjectOptions())
    upload.write(b"2")
    upload.commit()

    assert [2] == [len(versions) for _, versions in world.versions()]
    assert b"1" == world.get("a", "v1")


def test_shared_buckets_of_somebody_else_are_refused(world: World) -> None:
    """When the request names an owner."""
    with pytest.raises(BucketError, match="AccessDenied"):
        SharedBuckets(world.root, sync=False).check("things", "999999999999")


def test_store_deletes_what_a_killed_process_left(world: World) -> None:
    """A day later; what is younger may be somebody's."""
    for name in ("old", "young"):
        (world.store.incoming / name).touch()
    os.utime(world.store.incoming / "old", (1, 1))
    ObjectStore(world.root, sync=False).close()

    assert ["young"] == [path.name for path in world.store.incoming.iterdir()]


@pytest.mark.parametrize("versioning", ["", "Enabled", "Suspended"])
@pytest.mark.parametrize("change", ["put", "delete", "delete newest"])
def test_crash_in_a_change_leaves_the_state_before_or_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versioning: str, change: str
) -> None:
    """Whichever of its steps on the disk is the last one; and the next change works."""
    for last in range(20):
        world = World(tmp_path / f"{last}")
        if versioning:
            world.versioning("Enabled")
            world.put("a/b", b"old", type="old")
            world.versioning(versioning)
        world.put("a/b", b"current", type="current")
        before = _state(world)
        with monkeypatch.context() as patched:
            _crash_after(patched, world, last)
            try:
                _change(world, change)
            except _Crash:
                ended = False
            else:
                ended = True
        world.store.close()
        world.store = ObjectStore(world.root, sync=False)
        after = _state(world)
        if ended:
            done = after
            world.store.close()
            break
        assert after in (before, _expected(change, versioning)), last
        world.put("a/b", b"next", type="next")
        assert (b"next", "next") == (world.get("a/b"), _state(world)[1])
        world.store.close()
    else:
        pytest.fail("it has more steps")
    assert _expected(change, versioning) == done


def _state(world: World) -> tuple[bytes, str]:
    try:
        row = world.store.find("things", "a/b")
    except BucketError as error:
        return error.code.encode(), ""
    return world.get("a/b") if not row.marker else b"deleted", row.facts.get("type", "")


def _change(world: World, change: str) -> None:
    if change == "put":
        world.put("a/b", b"new", type="new")
    elif change == "delete":
        world.delete("a/b")
    else:
        world.delete("a/b", world.store.find("things", "a/b").version)


def _expected(change: str, versioning: str) -> tuple[bytes, str]:
    if change == "put":
        return b"new", "new"
    if change == "delete":
        return (b"deleted", "") if versioning else (b"NoSuchKey", "")
    return (b"old", "old") if versioning else (b"NoSuchKey", "")


def _crash_after(patched: pytest.MonkeyPatch, world: World, steps: int) -> None:
    """Let the process end after so many changes of the disk."""
    left = iter(range(steps))

    def counted(call: Any) -> Any:
        def run(*arguments: Any, **named: Any) -> Any:
            if next(left, None) is None:
                raise _Crash
            return call(*arguments, **named)

        return run

    patched.setattr(os, "link", counted(os.link))
    for name in ("replace", "unlink", "mkdir", "rmdir"):
        patched.setattr(Path, name, counted(getattr(Path, name)))
    for name in ("add", "remove"):
        patched.setattr(world.store.index, name, counted(getattr(world.store.index, name)))
