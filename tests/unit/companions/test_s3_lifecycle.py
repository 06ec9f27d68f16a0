"""What lifecycle rules delete, and when."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.lifecycle import sweep
from globaltables.companions.s3.places import store_in
from globaltables.foundation.settings import Settings
from tests.support.regions import TestRegion, make_region

_DAY_MS = 24 * 3600 * 1000


class World:
    """A bucket with rules, on a clock that moves when told to."""

    def __init__(self, root: Path, rule: dict[str, Any], versioning: str = "") -> None:
        self.world: TestRegion = make_region()
        self.world.region.settings = Settings(buckets_dir=root, durability="memory")
        self.store: ObjectStore = store_in(self.world.region)
        rule = {"ID": "rule", "Status": "Enabled", "Filter": {}, **rule}
        settings: dict[str, Any] = {"lifecycle": {"Rules": [rule]}}
        if versioning:
            settings["versioning"] = versioning
        self.store.buckets.create(Bucket("things", "123456789012", "eu-west-1", 0, settings))

    def put(self, key: str, **facts: Any) -> None:
        """Store an object now."""
        file, path = self.store.temporary()
        file.write(b"x")
        self.store.finish(file)
        version = self.world.region.randomness.uuid()
        now_ms = self.world.clock.now_ms()
        self.store.put(
            "things", key, path, {"etag": "", **facts}, modified_ms=now_ms, version=version
        )

    def after(self, days: float) -> list[str]:
        """Let days pass, follow the rules, and return the keys that are left, marks of deletion with a `!`."""
        self.world.clock.advance(int(days * _DAY_MS))
        asyncio.run(sweep(self.world.region, "things"))
        return [
            row.key + ("!" if row.marker else "")
            for _, rows in self.store.listed_versions("things", "", b"")
            for row in rows
        ]


def test_rule_deletes_objects_that_are_old_enough(tmp_path: Path) -> None:
    """From the midnight behind so many days on."""
    world = World(tmp_path, {"Expiration": {"Days": 2}})
    world.put("a")

    assert ["a"] == world.after(1.9)
    assert [] == world.after(1.1)


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"Prefix": "in/"}, ["out"]),
        ({"Tag": {"Key": "k", "Value": "v"}}, ["in/b", "out"]),
        ({"And": {"Prefix": "in/", "Tags": [{"Key": "k", "Value": "v"}]}}, ["in/b", "out"]),
        ({"ObjectSizeGreaterThan": 1}, ["in/a", "in/b", "out"]),
    ],
)
def test_rule_is_about_what_its_filter_lets_through(
    tmp_path: Path, chosen: dict[str, Any], left: list[str]
) -> None:
    """Prefix, tags and size."""
    world = World(tmp_path, {"Filter": chosen, "Expiration": {"Days": 1}})
    world.put("in/a", tags={"k": "v"})
    world.put("in/b")
    world.put("out")

    assert left == world.after(3)


def test_rule_puts_a_mark_on_versions_and_deletes_older_ones(tmp_path: Path) -> None:
    """Days since a newer version came; at the end the mark alone goes too."""
    rule = {
        "Expiration": {"Days": 1},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
    }
    world = World(tmp_path, rule, "Enabled")
    world.put("a")

    assert ["a!", "a"] == world.after(2.5)
    assert ["a!"] == world.after(4.5)


def test_rule_deletes_a_mark_that_nothing_is_behind(tmp_path: Path) -> None:
    """When it says so."""
    world = World(tmp_path, {"Expiration": {"ExpiredObjectDeleteMarker": True}}, "Enabled")
    world.store.delete("things", "a", marker_version="m")

    assert [] == world.after(1)
