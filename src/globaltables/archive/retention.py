"""Drops generations that nobody can want any more, with their segments; the newest always stays."""

from globaltables.archive.generations import (
    Generation,
    begun_ms_of,
    file_name,
    manifest_name,
    segment_name,
    segments_prefix,
)
from globaltables.archive.place import Place


def drop_old(place: Place, region: str, known: list[Generation], before_ms: int) -> set[str]:
    """Drop the generations that are not needed to recover to a time or later; it blocks.

    Args:
        place: the archive.
        region: whose generations they are.
        known: the complete ones, the oldest first.
        before_ms: that time.

    Returns:
        The ids of those that were dropped.

    Raises:
        OperationalError: the archive refuses.
    """
    count = 0
    while count + 1 < len(known) and known[count + 1].begun_ms <= before_ms:
        _drop(place, known[count])
        count += 1
    if count:
        _drop_segments(place, region, known[count:], before_ms)
        _drop_unfinished(place, region, known[count:], before_ms)
    return {one.id for one in known[:count]}


def _drop(place: Place, generation: Generation) -> None:
    """Delete a generation, the manifest first, so that nobody begins to read what is going."""
    place.delete(manifest_name(generation.region, generation.id))
    for file in generation.files:
        place.delete(file_name(generation.region, generation.id, file.name))


def _drop_segments(place: Place, region: str, kept: list[Generation], before_ms: int) -> None:
    """Delete the segments before the first that a kept generation needs; all of an old line that none needs."""
    for line in list(place.folders(segments_prefix(region))):
        needed = [one.first_segment for one in kept if one.line == line]
        if not needed and begun_ms_of(line) > before_ms:
            continue  # its first generation may be on its way
        end = segment_name(region, line, min(needed)) if needed else None
        for name in list(place.names(segments_prefix(region, line))):
            if end is not None and name >= end:
                break
            place.delete(name)


def _drop_unfinished(place: Place, region: str, kept: list[Generation], before_ms: int) -> None:
    """Delete the files of generations that never became complete."""
    complete = {one.id for one in kept}
    prefix = f"{region}/checkpoints/"
    for generation in list(place.folders(prefix)):
        if generation not in complete and begun_ms_of(generation) <= before_ms:
            for name in list(place.names(f"{prefix}{generation}/")):
                place.delete(name)
