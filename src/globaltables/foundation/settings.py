"""What a person chooses when starting a node; every value has its default here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Durability = Literal["fsync", "os", "memory"]
AuthMode = Literal["wellformed", "signature", "iam"]

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
#: The regions of AWS that can be in a strongly consistent global table: three sets, which AWS lets mix (measured).
STRONG_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
)


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM form for TLS.

    Attributes:
        certificate: what the node shows, with the chain behind it.
        key: the certificate's private key.
        authority: who signs the certificates of the other nodes; with it, nodes show theirs to each other (mutual TLS).
    """

    certificate: Path
    key: Path
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Peering:
    """How the nodes of one deployment reach each other.

    Attributes:
        port: where this node listens for the others; 0 picks a free one.
        secret: what all of them know, at least 16 bytes.
        peers: region -> URL of the node that hosts it.
    """

    port: int
    secret: bytes
    peers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """Addresses whose requests count as having come through a VPC endpoint.

    Attributes:
        network: e.g. "10.1.0.0/16".
        endpoint: aws:SourceVpce, e.g. "vpce-0a1b2c3d".
        vpc: aws:SourceVpc; empty for none.
    """

    network: str
    endpoint: str
    vpc: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one node.

    Attributes:
        host: address to bind; anything but loopback needs `auth="signature"` or `allow_insecure`.
        port: 0 picks a free one.
        data_dir: where regions are stored; None keeps everything in memory.
        regions: names that are served; empty serves every AWS region name.
        durability: fsync = an acknowledged write survives power loss; os = a crash of the process; memory = neither.
        auth: wellformed = any key, a signature need only be well-formed; signature = verified against `access_keys`
            and the keys that IAM issued; iam = as signature, and every request needs a policy that allows it.
        access_keys: access key id -> secret access key, for `auth="signature"`; with `auth="iam"` each is that of its
            account's root.
        vpc_endpoints: which addresses come through which VPC endpoint, for conditions of policies.
        log_requests: write a line of JSON about every request to the standard error.
        allow_insecure: bind to another address than loopback without verification.
        aws_2026: refuse global tables version 2017.11.29 as AWS does since 2026.
        realistic: tables change state in the times that were measured on AWS, with its cooldowns and partition limits;
            otherwise at once.
        ttl_scan_interval_ms: how often expired items are looked for.
        kinesis_endpoint: URL of the Kinesis that streaming destinations are delivered to; "aws" is AWS's own; None is
            none, and destinations cannot be enabled.
        buckets_dir: where the folders are that exports are written to and imports read from as buckets; None is a
            folder in `data_dir`.
        s3_endpoint: URL of the S3 that has the buckets instead; "aws" is AWS's own.
        root_key: file of the key that the key service's keys are wrapped with; None is a file in `data_dir`.
        archive: URL that regions are shipped to, file:///folder or s3://bucket/prefix of `s3_endpoint`, or of AWS when
            that is None; needs `data_dir`. None ships nothing.
        archive_interval_ms: how often what was applied is shipped.
        archive_retention_days: for how long any time can be recovered to.
        strong_regions: which can be in a strongly consistent global table.
        tls: serve HTTPS, to clients and to other nodes.
        peering: the other nodes; None hosts every region in this one.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path | None = None
    regions: tuple[str, ...] = ()
    durability: Durability = "fsync"
    auth: AuthMode = "wellformed"
    access_keys: tuple[tuple[str, str], ...] = ()
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    log_requests: bool = False
    allow_insecure: bool = False
    aws_2026: bool = False
    realistic: bool = False
    ttl_scan_interval_ms: int = 1_000
    kinesis_endpoint: str | None = None
    buckets_dir: Path | None = None
    s3_endpoint: str | None = None
    root_key: Path | None = None
    archive: str | None = None
    archive_interval_ms: int = 1_000
    archive_retention_days: int = 35
    strong_regions: tuple[str, ...] = STRONG_REGIONS
    tls: Tls | None = None
    peering: Peering | None = None

    @property
    def home_region(self) -> str:
        """The region that has the state of services without regions: AWS's, or the first that is served."""
        if self.regions and DEFAULT_REGION not in self.regions:
            return self.regions[0]
        return DEFAULT_REGION
