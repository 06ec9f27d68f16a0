"""Generations: what a region can be rebuilt from, each an engine's checkpoint and the segments that follow it."""

from dataclasses import asdict, dataclass

import orjson

from globaltables.archive.place import Place
from globaltables.foundation.errors import OperationalError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a checkpoint.

    Attributes:
        sha256: hexadecimal digits.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Generation:
    """A complete generation.

    Attributes:
        id: orders generations by time.
        region: e.g. "eu-west-1".
        line: the run of segments that follows the checkpoint.
        begun_ms: what the checkpoint holds was applied before this time, what follows it comes later.
        stamp: of the last batch in the checkpoint.
        first_segment: the number of the first one that follows it.
        files: of the checkpoint.
    """

    id: str
    region: str
    line: str
    begun_ms: int
    stamp: int
    first_segment: int
    files: tuple[StoredFile, ...]

    @property
    def size(self) -> int:
        """Bytes of the checkpoint."""
        return sum(file.size for file in self.files)


def manifest_name(region: str, generation: str) -> str:
    """Return the name of a manifest; it is written last and deleted first."""
    return f"{region}/generations/{generation}.json"


def file_name(region: str, generation: str, file: str) -> str:
    """Return the name of a file of a generation's checkpoint."""
    return f"{region}/checkpoints/{generation}/{file}"


def segment_name(region: str, line: str, number: int) -> str:
    """Return the name of a shipped segment."""
    return f"{segments_prefix(region, line)}{number:012d}"


def segments_prefix(region: str, line: str = "") -> str:
    """Return the prefix of the segments of a line, or of all lines."""
    return f"{region}/segments/{line}/" if line else f"{region}/segments/"


def new_id(time_ms: int, chance: str) -> str:
    """Return the id of a generation or line that begins now."""
    return f"{time_ms:013d}-{chance}"


def begun_ms_of(identifier: str) -> int:
    """Return when the generation or line of an id began."""
    return int(identifier.partition("-")[0])


def encode_manifest(generation: Generation) -> bytes:
    """Return the bytes of a manifest."""
    return orjson.dumps({"format": FORMAT, "generation": asdict(generation)})


def decode_manifest(name: str, content: bytes) -> Generation:
    """Return the generation of a manifest.

    Raises:
        OperationalError: it is none that this version reads; the text names it.
    """
    try:
        found = orjson.loads(content)
        if found["format"] != FORMAT:
            raise OperationalError(
                f"{name} has format {found['format']!r}; this version of globaltables reads format {FORMAT}"
            )
        fields = found["generation"]
        files = tuple(StoredFile(**file) for file in fields.pop("files"))
        return Generation(**fields, files=files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OperationalError(f"{name} is damaged") from error


def generations(place: Place, region: str) -> list[Generation]:
    """Return the complete generations of a region, the oldest first.

    Raises:
        OperationalError: they could not be read.
    """
    found = []
    for name in place.names(f"{region}/generations/"):
        content = place.get(name)
        if content is not None:
            found.append(decode_manifest(name, content))
    return sorted(found, key=lambda one: (one.begun_ms, one.id))
