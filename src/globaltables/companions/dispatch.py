"""From a request for a service to its answer."""

from collections.abc import Awaitable
from dataclasses import dataclass

from globaltables.api.rest_model import RestModel, read_rest_model
from globaltables.companions.rest_json import Response, Routes, refusal, request_of, success
from globaltables.companions.service import Implementation, Service, ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: RestModel
    routes: Routes
    implementation: Implementation


class Dispatcher:
    """Answers the requests for one service; its model and its code are loaded with the first one.

    Args:
        service: which.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._loaded: _Loaded | None = None

    async def answer(
        self, method: str, url: str, body: bytes, region: Region, account: str
    ) -> Response:
        """Return the response to a request whose signer is known.

        Args:
            method: e.g. "GET".
            url: path and query as on the request line.
            body: as it was sent.
            region: where it arrived.
            account: of the caller.
        """
        loaded = self._load()
        try:
            path, _, query = url.partition("?")
            found = loaded.routes.find(method, path)
            if found is None:
                raise _unknown(f"{self._service.name} has no operation {method} {path}", 404)
            operation, labels = found
            handler = loaded.implementation.handlers.get(operation.name)
            if handler is None:
                raise _unknown(
                    f"{operation.name} is not supported by globaltables; see docs/compatibility.md",
                    400,
                )
            request = request_of(operation, labels, query, body)
            answer = handler(ServiceCall(operation.name, request, region, account))
            if isinstance(answer, Awaitable):
                answer = await answer
            return success(operation, answer)
        except ApiError as error:
            return self.refuse(error)

    def refuse(self, error: ApiError) -> Response:
        """Return the response to a request that is refused, in the form of the service."""
        return refusal(error, self._load().model.error_status)

    def _load(self) -> _Loaded:
        if self._loaded is None:
            model = read_rest_model(self._service.model_file)
            self._loaded = _Loaded(model, Routes(model), self._service.load())
        return self._loaded


def _unknown(message: str, status: int) -> ApiError:
    return ApiError("UnknownOperationException", message, status=status)
