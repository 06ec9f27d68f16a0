"""A botocore client for globaltables' own operations, which are modelled as AWS models its services."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from globaltables.api.model import OWN_MODEL_FOLDER
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.settings import DEFAULT_REGION

DEFAULT_ENDPOINT = "http://127.0.0.1:8000"
#: What a node that does not verify signatures is signed with when the person has no keys.
_ANY_KEY = "local"


def default_endpoint() -> str:
    """Return the endpoint of the environment, as every AWS client reads it."""
    return os.environ.get("AWS_ENDPOINT_URL", DEFAULT_ENDPOINT)


def default_region() -> str:
    """Return the region of the environment."""
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    return next((os.environ[name] for name in names if os.environ.get(name)), DEFAULT_REGION)


class Connection:
    """Calls one node in one region.

    Args:
        endpoint: e.g. "http://127.0.0.1:8000".
        region: e.g. "eu-west-1".
        patient: wait for long answers and try again; otherwise an answer takes a second at the most, or has failed.

    Attributes:
        region: see there.
    """

    def __init__(self, endpoint: str, region: str, *, patient: bool = True) -> None:
        # Importing botocore costs a tenth of a second, which `globaltables up` need not wait for.
        from botocore.config import Config  # noqa: PLC0415
        from botocore.session import Session  # noqa: PLC0415

        session: Any = Session()
        session.get_component("data_loader").search_paths.append(str(OWN_MODEL_FOLDER))
        if session.get_credentials() is None:
            session.set_credentials(_ANY_KEY, _ANY_KEY)
        config: Any = (
            Config(retries={"total_max_attempts": 2}, read_timeout=3700)
            if patient
            else Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=1)
        )
        self.region = region
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}
        self._create: Callable[[str], Any] = partial(
            session.create_client, region_name=region, endpoint_url=endpoint, config=config
        )

    def own(self) -> Any:
        """Return the client of our own operations."""
        return self._client("globaltables")

    def dynamodb(self) -> Any:
        """Return the client of DynamoDB at the same node."""
        return self._client("dynamodb")

    def call(self, method: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
        """Call a client's method, and say in one sentence what went wrong.

        Args:
            method: e.g. `connection.own().sync_table`.
            parameters: members of the request; None leaves one out.

        Raises:
            OperationalError: the node cannot be reached or refuses.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer: dict[str, Any] = method(**given)
        except ClientError as error:
            details = error.response["Error"]
            raise OperationalError(f"{details['Code']}: {details['Message']}") from error
        except BotoCoreError as error:
            raise OperationalError(f"{self._endpoint} does not answer: {error}") from error
        return answer

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._create(service)
        return self._clients[service]
