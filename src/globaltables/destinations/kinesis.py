"""One Kinesis data stream as a delivery sees it, and botocore's client behind it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from globaltables.destinations.records import KinesisRecord
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import KINESIS_CONNECT_MS_MAX, KINESIS_RESPONSE_MS_MAX
from globaltables.runtime.threads import in_thread

#: The value of the setting that means AWS itself.
AWS = "aws"
_USABLE = ("ACTIVE", "UPDATING")


class Kinesis(Protocol):
    """One data stream."""

    async def usable(self) -> bool:
        """Tell whether the stream is there, active, and may be written to.

        Raises:
            OperationalError: nobody answers that.
        """

    async def put(self, records: Sequence[KinesisRecord]) -> list[bool]:
        """Write records and tell for each whether the stream took it.

        Raises:
            OperationalError: the request failed; any of the records may have been taken.
        """


class BotocoreKinesis:
    """A data stream behind botocore's client. Calls block, so each runs in a thread that nobody waits for at the end.

    Args:
        endpoint: URL, "aws" for AWS's own endpoint, None for none.
        region: which signs the requests.
        account: 12 digits; without credentials in the environment it is the access key for an endpoint that is not
            AWS, because several such servers read the account from a key of 12 digits.
        name: the stream's name.
    """

    def __init__(self, endpoint: str | None, region: str, account: str, name: str) -> None:
        self._endpoint = endpoint
        self._region = region
        self._account = account
        self._name = name
        self._made: Any = None

    async def usable(self) -> bool:
        """Ask for the stream's summary."""
        return await in_thread(self._usable, "kinesis")

    async def put(self, records: Sequence[KinesisRecord]) -> list[bool]:
        """Send one PutRecords request."""
        return await in_thread(lambda: self._put(records), "kinesis")

    def _usable(self) -> bool:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - see _client

        try:
            answer = self._call("describe_stream_summary", StreamName=self._name)
        except ClientError as error:
            if _is_fault(error.response):
                raise OperationalError(f"Kinesis answers {_code(error.response)}") from error
            return False
        return answer.get("StreamDescriptionSummary", {}).get("StreamStatus") in _USABLE

    def _put(self, records: Sequence[KinesisRecord]) -> list[bool]:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - see _client

        entries = [{"Data": one.data, "PartitionKey": one.partition_key} for one in records]
        try:
            answer = self._call("put_records", StreamName=self._name, Records=entries)
        except ClientError as error:
            raise OperationalError(f"Kinesis answers {_code(error.response)}") from error
        results = answer.get("Records", [])
        if len(results) != len(records):
            raise OperationalError("Kinesis answered for another number of records than were sent")
        return [not result.get("ErrorCode") for result in results]

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call the client.

        Raises:
            ClientError: Kinesis answered an error.
            OperationalError: no answer; the text has neither the address nor keys, which may hold a secret.
        """
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - see _client

        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**parameters)
        except BotoCoreError as error:
            raise OperationalError(f"Kinesis cannot be reached: {type(error).__name__}") from error
        return answer

    def _client(self) -> Any:
        """Return the client; the first call makes it.

        Importing botocore costs a tenth of a second and 34 MB, which a node without destinations need not pay.
        """
        if self._made is None:
            if self._endpoint is None:
                raise OperationalError("no Kinesis endpoint is set (--kinesis-endpoint)")
            from botocore.config import Config  # noqa: PLC0415
            from botocore.session import Session  # noqa: PLC0415

            make_config: Any = Config  # its published types lack ignore_configured_endpoint_urls
            config = make_config(
                retries={"total_max_attempts": 1},  # retried in order by delivery.py
                parameter_validation=False,
                connect_timeout=KINESIS_CONNECT_MS_MAX / 1000,
                read_timeout=KINESIS_RESPONSE_MS_MAX / 1000,
                max_pool_connections=1,
                # AWS_ENDPOINT_URL is most likely set to this very process
                ignore_configured_endpoint_urls=True,
            )
            session: Any = Session()
            session.register_component("data_loader", _installed_models())
            elsewhere = self._endpoint != AWS
            if elsewhere:
                # Asking for the role of a virtual machine takes seconds where there is none.
                session.get_component("credential_provider").remove("iam-role")
                if session.get_credentials() is None:
                    session.set_credentials(self._account, self._account)
            try:
                self._made = session.create_client(
                    "kinesis",
                    region_name=self._region,
                    endpoint_url=self._endpoint if elsewhere else None,
                    config=config,
                )
            except ValueError:  # its text repeats the endpoint
                raise OperationalError("botocore cannot use the Kinesis endpoint") from None
        return self._made


@lru_cache
def _installed_models() -> Any:
    """Return what reads the models that botocore was installed with; they are in memory once, not for each client."""
    from botocore.loaders import Loader  # noqa: PLC0415 - see BotocoreKinesis._client

    return Loader()


def _code(response: Any) -> str:
    return str(response.get("Error", {}).get("Code", "an error"))


def _is_fault(response: Any) -> bool:
    """Tell whether an error is Kinesis's own, or of the moment, and says nothing of the stream."""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return status >= 500 or _code(response) in (
        "LimitExceededException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
    )
