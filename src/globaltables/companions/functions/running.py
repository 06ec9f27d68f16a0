"""What runs the functions of one region: their code, their environments, and how many of them there may be."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from globaltables.companions.functions.code_store import CodeStore
from globaltables.companions.functions.execution.environment import Blueprint, Environment
from globaltables.companions.functions.execution.interpreters import (
    Launch,
    launch_of,
    link_packages,
    own_interpreter,
)
from globaltables.companions.functions.execution.invocation import Invocation, Outcome
from globaltables.companions.functions.execution.pool import Pool
from globaltables.companions.functions.log_shipping import LogStream
from globaltables.companions.functions.measuring import measure, measure_outcome
from globaltables.companions.functions.refusals import too_many_requests
from globaltables.companions.functions.roles import credentials_of, session_of
from globaltables.companions.functions.stored import SERVICE, Resolved, codes_in_use, functions_of
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    LAMBDA_CONCURRENCY_MAX,
    LAMBDA_CONCURRENCY_UNRESERVED_MIN,
)
from globaltables.itemstore.region import Region
from globaltables.runtime.threads import in_thread

_PATH = "/usr/local/bin:/usr/bin:/bin"
_THREAD = "function-packages"


class Running:
    """Runs functions.

    Args:
        region: where they are.

    Attributes:
        code: their archives.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        data_dir = region.settings.data_dir
        self.code = CodeStore(None if data_dir is None else data_dir / "functions" / region.name)
        self._pool = Pool(region.clock)
        self._packages: Path | None = None
        self._interpreters: dict[str, str] = {}
        self._working: dict[tuple[str, str], int] = {}
        self._stopping = False
        self._task = f"{region.name}/{SERVICE}/environments"
        region.services.at_stop.append(self._stop_early)

    async def invoke(self, account: str, target: Resolved, invocation: Invocation) -> Outcome:
        """Run a function.

        Raises:
            ApiError: too much runs already, or nothing on this machine runs it.
        """
        name = target.configuration["FunctionName"]
        try:
            self._admit(account, name, target.function.get("reserved"))
        except ApiError:
            measure(self._region, account, target, {"Throttles": 1})
            raise
        self._working[account, name] = self._working.get((account, name), 0) + 1
        try:
            # Another clock needs another process.
            ahead_ms = self._region.clock.offset_ms
            key = (account, name, target.version, target.configuration["RevisionId"], ahead_ms)
            make = partial(self._environment, account, target)
            outcome = await self._pool.run(key, make, invocation)
            if self._stopping and outcome.error_type == "Runtime.ExitError":
                raise _stopping()  # it was our doing, and nobody's failure
            measure_outcome(self._region, account, target, outcome, sum(self._working.values()))
            return outcome
        finally:
            self._working[account, name] -= 1
            if not self._working[account, name]:
                del self._working[account, name]
            self._keep_watch()

    async def retire(self, account: str, name: str, version: str, revision: str) -> None:
        """End the environments of what a version was before.

        Args:
            account: whose function it is.
            name: of the function.
            version: which; empty for all.
            revision: of its configuration now; empty when there is none any more.
        """

        def is_old(key: Any) -> bool:
            owner, function, one, current, _ = key
            if (owner, function) != (account, name) or version not in ("", one):
                return False
            return bool(current != revision)

        await self._pool.retire(is_old)

    async def forget_code(self) -> None:
        """Delete the archives that nothing has any more."""
        await self.code.forget_others(partial(codes_in_use, self._region.store.reader()))

    # --- how many

    def _admit(self, account: str, name: str, reserved: int | None) -> None:
        if self._stopping:
            raise _stopping()
        if reserved is not None:
            if self._working.get((account, name), 0) >= reserved:
                raise too_many_requests("ReservedFunctionConcurrentInvocationLimitExceeded")
            return
        if sum(self._working.values()) < LAMBDA_CONCURRENCY_UNRESERVED_MIN:
            return
        others = {
            other: record["reserved"]
            for other, record in functions_of(self._region.store.reader(), account)
            if record.get("reserved") is not None
        }
        working = sum(
            count
            for (owner, one), count in self._working.items()
            if owner == account and one not in others
        )
        if working >= LAMBDA_CONCURRENCY_MAX - sum(others.values()):
            raise too_many_requests("ConcurrentInvocationLimitExceeded")

    # --- environments

    async def _environment(self, account: str, target: Resolved) -> Environment:
        configuration = target.configuration
        role, name = configuration["Role"], configuration["FunctionName"]
        code = await self.code.unpacked([configuration["code"]])
        layers = None
        if configuration["layers"]:
            layers = await self.code.unpacked([one["code"] for one in configuration["layers"]])
        launch = await self._launch(configuration, code, layers)
        credentials = await credentials_of(self._region, account, role, name)
        stream = self._stream_name(target.version)
        logging = configuration["LoggingConfig"]
        group = logging["LogGroup"]
        blueprint = Blueprint(
            launch.command,
            {
                **self._variables(configuration, target.version, code, layers),
                **credentials,
                "AWS_LAMBDA_LOG_GROUP_NAME": group,
                "AWS_LAMBDA_LOG_STREAM_NAME": stream,
                "AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"],
                "AWS_LAMBDA_LOG_LEVEL": logging.get("ApplicationLogLevel", ""),
                **_with_own(launch, configuration["variables"]),
            },
            code,
            target.version,
            launch.name,
            configuration["MemorySize"],
            configuration["Timeout"] * 1000,
            0 if launch.has_own_clock else self._region.clock.offset_ms,
            logging.get("SystemLogLevel", ""),
        )
        principal = await session_of(self._region, account, role, name)
        logs = LogStream(self._region, account, group, stream, principal)
        return Environment(blueprint, self._region.clock, logs.take, logs.is_full)

    async def _launch(
        self, configuration: Mapping[str, Any], code: Path, layers: Path | None
    ) -> Launch:
        if self._packages is None:
            packages = Path(tempfile.mkdtemp(prefix="globaltables-packages-"))
            await in_thread(partial(link_packages, packages), _THREAD)
            self._packages = packages
        runtime = configuration["Runtime"]
        if runtime not in self._interpreters:
            found = await in_thread(partial(own_interpreter, runtime), _THREAD)
            self._interpreters[runtime] = found
        try:
            return launch_of(
                runtime,
                configuration["Handler"],
                code,
                layers,
                self._packages,
                self._interpreters[runtime],
                self._region.clock.offset_ms,
            )
        except OperationalError as error:
            raise ApiError("InvalidRuntimeException", str(error), status=502) from error

    def _variables(
        self, configuration: Mapping[str, Any], version: str, code: Path, layers: Path | None
    ) -> dict[str, str]:
        region = self._region.name
        variables = {
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration['Runtime']}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": region,
            "LAMBDA_RUNTIME_DIR": str(self._packages),
            "LAMBDA_TASK_ROOT": str(code),
            "LANG": "C.UTF-8",
            "PATH": _PATH if layers is None else f"{layers}/bin:{_PATH}",
            "TZ": ":UTC",
            "_HANDLER": configuration["Handler"],
        }
        if layers is not None:
            variables["LD_LIBRARY_PATH"] = f"{layers}/lib"
        if self._region.services.endpoint:
            variables["AWS_ENDPOINT_URL"] = self._region.services.endpoint
        return variables

    def _stream_name(self, version: str) -> str:
        today = datetime.fromtimestamp(self._region.clock.now_ms() / 1000, UTC)
        unique = self._region.randomness.uuid().replace("-", "")
        return f"{today:%Y/%m/%d}/[{version}]{unique}"

    # --- their end

    def _keep_watch(self) -> None:
        if not self._stopping and not self._region.tasks.running(self._task):
            self._region.tasks.spawn(self._task, self._watch())

    async def _watch(self) -> None:
        """End what is not needed, and everything when the node stops."""
        try:
            while (next_ms := await self._pool.end_idle()) is not None or self._pool.members:
                now_ms = self._region.clock.now_ms()
                await self._region.clock.until(next_ms or now_ms + 1_000)
        finally:
            if self._stopping or self._pool.members:
                await self._end()

    def _stop_early(self) -> None:
        """Let no invocation hold up the node's end."""
        self._stopping = True
        if self._region.tasks.running(self._task):
            self._region.tasks.cancel(self._task)
        else:
            self._region.tasks.spawn(self._task, self._end())

    async def _end(self) -> None:
        """Close to the end, however often this task is asked to stop meanwhile."""
        closing = asyncio.ensure_future(self._close())
        while not closing.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({closing})

    async def _close(self) -> None:
        await self._pool.close()
        self.code.close()
        if self._packages is not None:
            shutil.rmtree(self._packages, ignore_errors=True)


def running(region: Region) -> Running:
    """Return what runs the functions of a region; made at the first need."""
    found = region.companions.get(SERVICE)
    if found is None:
        found = region.companions[SERVICE] = Running(region)
    assert isinstance(found, Running)
    return found


def _stopping() -> ApiError:
    return ApiError("ServiceException", "The node is stopping.", status=500)


def _with_own(launch: Launch, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the function's variables with those of its client; paths of both are searched, the function's first."""
    merged = dict(variables)
    for name, value in launch.variables:
        merged[name] = f"{variables[name]}:{value}" if name in variables else value
    return merged
