"""Three processes, one region each, over the network: what one process does, they do; and they come and go."""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import trustme

from globaltables.security.peer_secret import PeerSecret
from tests.support.cluster import Cluster
from tests.support.waiting import eventually

#: Several processes start and stop in each; a busy machine takes its time.
pytestmark = pytest.mark.timeout(240)

HOME, EUROPE, ASIA = "us-east-1", "eu-west-1", "ap-northeast-1"
TABLE = "orders"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three nodes with a global table in every region."""
    with Cluster(tmp_path, HOME, EUROPE, ASIA) as made:
        made.create_global_table(TABLE)
        yield made


def _put(cluster: Cluster, region: str, key: str, value: str = "") -> None:
    item = {"pk": {"S": key}, "v": {"S": value or region}}
    cluster.connection(region).dynamodb().put_item(TableName=TABLE, Item=item)


def test_nodes_replicate_every_way(cluster: Cluster) -> None:
    """A write in any region is in every other after the barrier, and all members are equal."""
    for region in cluster.regions:
        _put(cluster, region, f"from-{region}")

    cluster.sync(EUROPE, TABLE)

    assert [3, 3, 3] == [cluster.count(region, TABLE) for region in cluster.regions]
    assert cluster.verified(ASIA, TABLE)["Equal"]


def test_node_that_was_killed_catches_up(cluster: Cluster) -> None:
    """What the others wrote meanwhile arrives, what it had acknowledged before is not lost."""
    _put(cluster, ASIA, "before")
    cluster.nodes[ASIA].kill()
    for number in range(300):
        _put(cluster, HOME if number % 2 else EUROPE, f"k{number}")

    cluster.nodes[ASIA].start()
    cluster.sync(HOME, TABLE)

    assert [301, 301, 301] == [cluster.count(region, TABLE) for region in cluster.regions]
    assert cluster.verified(HOME, TABLE)["Equal"]


def test_isolated_region_serves_alone_and_the_later_write_wins(cluster: Cluster) -> None:
    """Both sides take writes; mended, every member has the later one, and the loser is on record."""
    _put(cluster, HOME, "x", "first")
    cluster.sync(HOME, TABLE)
    cluster.isolate(EUROPE)
    _put(cluster, EUROPE, "x", "earlier, in isolation")
    time.sleep(0.01)
    _put(cluster, HOME, "x", "later")
    _put(cluster, EUROPE, "only-here")
    assert eventually(lambda: _waits(cluster, ASIA), seconds_max=20)

    cluster.rejoin(EUROPE)
    cluster.sync(HOME, TABLE)

    values = [
        cluster.connection(region)
        .dynamodb()
        .get_item(TableName=TABLE, Key={"pk": {"S": "x"}})["Item"]["v"]["S"]
        for region in cluster.regions
    ]
    assert ["later"] * 3 == values
    assert [2, 2, 2] == [cluster.count(region, TABLE) for region in cluster.regions]
    lost = cluster.lost(EUROPE, TABLE)
    assert ["earlier, in isolation"] == [one["Loser"]["Item"]["v"]["S"] for one in lost]


def _waits(cluster: Cluster, receiver: str) -> bool:
    """Tell whether a receiver says of its link from Europe that it waits, and why."""
    connection = cluster.connection(receiver)
    (table,) = connection.call(connection.own().describe_replication)["Tables"]
    return any(
        link["SourceRegion"] == EUROPE
        and link["ReceivingRegion"] == receiver
        and link["Status"] == "WAITING"
        and "cannot be reached" in link["Reason"]
        for link in table["Links"]
    )


def test_replica_is_removed_over_the_network(cluster: Cluster) -> None:
    """Its table goes, the others forget it and go on."""
    client = cluster.connection(EUROPE).dynamodb()
    client.update_table(TableName=TABLE, ReplicaUpdates=[{"Delete": {"RegionName": ASIA}}])

    def gone() -> bool:
        listed = cluster.connection(ASIA).dynamodb().list_tables()["TableNames"]
        replicas = client.describe_table(TableName=TABLE)["Table"]["Replicas"]
        return listed == [] and [one["RegionName"] for one in replicas] == [HOME]

    assert eventually(gone, seconds_max=20)
    _put(cluster, HOME, "after")
    cluster.sync(HOME, TABLE)
    assert 1 == cluster.count(EUROPE, TABLE)


def test_settings_reach_a_region_that_was_away(cluster: Cluster) -> None:
    """A change of shared settings waits for the member that cannot be reached and is made there when it can."""
    cluster.nodes[ASIA].kill()
    client = cluster.connection(HOME).dynamodb()
    client.update_time_to_live(
        TableName=TABLE,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    cluster.nodes[ASIA].start()

    def enabled() -> bool:
        asia = cluster.connection(ASIA).dynamodb()
        described = asia.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
        return bool(described["TimeToLiveStatus"] == "ENABLED")

    assert eventually(enabled, seconds_max=20)


def _authority(folder: Path) -> Path:
    """Make an authority, and a certificate of it for this machine."""
    folder.mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    node = authority.issue_cert("127.0.0.1")
    node.private_key_pem.write_to_path(str(folder / "node.key"))
    node.cert_chain_pems[0].write_to_path(str(folder / "node.pem"))
    return folder


def test_nodes_with_certificates_trust_each_other_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients and nodes are served HTTPS; who has no certificate of the authority reaches no verb."""
    ours, others = _authority(tmp_path / "ours"), _authority(tmp_path / "others")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(ours / "authority.pem"))
    with Cluster(tmp_path, HOME, EUROPE, authority=ours) as cluster:
        cluster.create_global_table(TABLE)
        _put(cluster, HOME, "sealed")
        cluster.sync(HOME, TABLE)

        assert 1 == cluster.count(EUROPE, TABLE)
        address = ("127.0.0.1", cluster.peer_ports[HOME])
        stranger = ssl.create_default_context(cafile=str(ours / "authority.pem"))
        stranger.load_cert_chain(others / "node.pem", others / "node.key")
        assert b"" == _answer(address, stranger)


def _answer(address: tuple[str, int], context: ssl.SSLContext) -> bytes:
    """Return the first byte of a node's answer to a request, nothing when it closes the connection."""
    try:
        with (
            socket.create_connection(address, timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as sealed,
        ):
            sealed.sendall(b"POST /peer/2/us-east-1/position HTTP/1.1\r\n\r\n")
            return sealed.recv(1)
    except (ssl.SSLError, ConnectionResetError):
        return b""


def test_node_with_another_secret_is_refused(tmp_path: Path) -> None:
    """The peer's node says so to nobody but the log and the link that waits."""
    with Cluster(tmp_path, HOME, EUROPE) as cluster:
        url = f"http://127.0.0.1:{cluster.peer_ports[HOME]}/peer/2/{HOME}/position"
        secret = PeerSecret(b"another secret of this length")
        path = f"/peer/2/{HOME}/position".encode()
        proof = secret.authorization(path, b"\x90", int(time.time() * 1000))
        request = Request(url, b"\x90", {"Authorization": proof})

        with pytest.raises(HTTPError) as refused:
            urlopen(request, timeout=5)  # noqa: S310 - as above

    assert 400 == refused.value.code
    assert b"AccessDeniedException" in refused.value.read()
