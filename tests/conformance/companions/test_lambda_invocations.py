"""Functions that run, with boto3: what handlers get and answer, their limits, their environment, their logs."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.functions import ACCOUNT, REGION, Functions, archive, service_client
from tests.support.server import Server
from tests.support.waiting import eventually

_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
#: One function does what its event says, so that its process is started once.
_WORK = """
import importlib, os, sys, time
import boto3
count = 0
def handler(event, context):
    global count
    count += 1
    match event.get("do"):
        case "count":
            return count
        case "context":
            return [context.function_name, context.function_version, context.invoked_function_arn,
                    context.memory_limit_in_mb, context.log_group_name,
                    context.get_remaining_time_in_millis() > 1000,
                    context.client_context and context.client_context.custom]
        case "environment":
            return dict(os.environ)
        case "raise":
            print("before")
            raise ValueError("no good")
        case "sleep":
            time.sleep(event["seconds"])
        case "exit":
            os._exit(event["code"])
        case "memory":
            kept = bytearray(300 * 1024 * 1024)
            time.sleep(5)
        case "large":
            return "x" * event["size"]
        case "import":
            importlib.import_module(event["name"])
        case "put":
            boto3.client("dynamodb").put_item(TableName=event["table"], Item={"pk": {"S": "here"}})
    return event
"""


@pytest.fixture(scope="module")
def functions(server: Server) -> Iterator[Functions]:
    """Functions of the run's server, among them `work`, which does what it is told."""
    made = Functions(server.endpoint)
    made.make("work", _WORK, MemorySize=192)
    yield made
    made.delete_all()


def _refused(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_invoke_answers_what_the_handler_does(functions: Functions) -> None:
    """The event goes in as JSON, the answer comes out so."""
    event = {"text": "é", "numbers": [1, 2.5], "nothing": None}
    answered = functions.run("work", event)
    assert (event, "", "$LATEST") == (answered.payload, answered.error, answered.version)


def test_invoke_without_payload_gives_an_empty_object(functions: Functions) -> None:
    """As on AWS."""
    answer = functions.client.invoke(FunctionName="work")
    assert {} == json.loads(answer["Payload"].read())


def test_invoke_twice_uses_the_same_process(functions: Functions) -> None:
    """What a handler has kept is there the next time."""
    first = functions.run("work", {"do": "count"}).payload
    assert first + 1 == functions.run("work", {"do": "count"}).payload


def test_invoke_log_tail_has_the_lines_of_the_platform(functions: Functions) -> None:
    """START, what was printed, END, REPORT."""
    answered = functions.run("work", {"do": "raise"})
    lines = answered.log.splitlines()
    assert lines[0].startswith("START RequestId: ")
    assert "Version: $LATEST" in lines[0]
    assert "before" == lines[1]
    assert "[ERROR] ValueError: no good" == lines[2]
    assert lines[-2].startswith("END RequestId: ")
    report = lines[-1].split("\t")
    assert report[0].startswith("REPORT RequestId: ")
    assert ["Duration", "Billed Duration", "Memory Size", "Max Memory Used"] == [
        part.partition(":")[0] for part in report[1:5]
    ]
    assert "Memory Size: 192 MB" == report[3]


_LOGGING = """
import logging
def handler(event, context):
    logging.getLogger().info("not asked for")
    logging.getLogger().warning("asked for")
"""


def test_invoke_logs_in_json_when_that_is_asked_for(functions: Functions) -> None:
    """The platform's events, and what the handler's logger says from its level on."""
    functions.make(
        "logs-in-json",
        _LOGGING,
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"},
    )

    lines = [
        json.loads(line) for line in functions.run("logs-in-json", {}).log.splitlines() if line
    ]

    kinds = [line.get("type", line.get("level")) for line in lines]
    assert ["platform.start", "WARNING", "platform.report"] == kinds[-3:]
    assert "asked for" == lines[-2]["message"]
    assert {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"} <= lines[-1][
        "record"
    ]["metrics"].keys()


def test_create_function_with_levels_of_text_logs_is_refused(functions: Functions) -> None:
    """Levels are of JSON alone."""
    code, text = _refused(
        functions.make,
        name="levels",
        LoggingConfig={"LogFormat": "Text", "SystemLogLevel": "WARN"},
    )

    assert "InvalidParameterValueException" == code
    assert "LogFormat is JSON" in text


def test_invoke_handler_that_raises_is_unhandled(functions: Functions) -> None:
    """The answer tells what was raised, and where."""
    answered = functions.run("work", {"do": "raise"})
    assert "Unhandled" == answered.error
    told = answered.payload
    assert ("ValueError", "no good") == (told["errorType"], told["errorMessage"])
    assert "in handler" in told["stackTrace"][0]


def test_invoke_context_tells_of_the_function(functions: Functions) -> None:
    """Name, version, ARN, memory, log group, time left, and the client's own context."""
    answered = functions.run(
        "work", {"do": "context"}, ClientContext="eyJjdXN0b20iOiB7ImEiOiAiYiJ9fQ=="
    )
    expected = [
        *("work", "$LATEST", f"{_ARN}:work", "192", "/aws/lambda/work"),
        *(True, {"a": "b"}),
    ]
    assert expected == answered.payload


def test_invoke_environment_is_that_of_lambda(functions: Functions, server: Server) -> None:
    """The variables of AWS, the endpoint of this server, and nothing of the server's own."""
    found = functions.run("work", {"do": "environment"}).payload
    expected = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "work",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "192",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_ENDPOINT_URL": server.endpoint,
        "_HANDLER": "index.handler",
        "TZ": ":UTC",
    }
    assert expected == {name: found.get(name) for name in expected}
    assert "VIRTUAL_ENV" not in found
    assert os.environ.get("HOME") != found["HOME"]


def test_invoke_handler_sees_nothing_of_globaltables(functions: Functions) -> None:
    """What handlers may import is boto3 and what it needs, not the server's own packages."""
    assert (
        "ModuleNotFoundError"
        == functions.run("work", {"do": "import", "name": "globaltables"}).payload["errorType"]
    )


def test_invoke_handler_writes_to_a_table_here(
    functions: Functions, make_table: Callable[..., str], client: Callable[..., Any]
) -> None:
    """A handler's boto3 reaches this server, in the region and account of its function."""
    table = make_table()
    assert "" == functions.run("work", {"do": "put", "table": table}).error
    items = client(REGION).scan(TableName=table)["Items"]
    assert [{"pk": {"S": "here"}}] == items


def test_invoke_handler_that_takes_too_long_is_ended(functions: Functions) -> None:
    """The time limit holds; the next invocation has a new process."""
    functions.client.update_function_configuration(FunctionName="work", Timeout=1)
    answered = functions.run("work", {"do": "sleep", "seconds": 30})
    functions.client.update_function_configuration(FunctionName="work", Timeout=10)
    assert "Unhandled" == answered.error
    assert "Sandbox.Timedout" == answered.payload["errorType"]
    assert answered.payload["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert "Status: timeout" in answered.log
    assert 1 == functions.run("work", {"do": "count"}).payload


def test_invoke_process_that_ends_is_an_exit_error(functions: Functions) -> None:
    """The answer has the exit status."""
    answered = functions.run("work", {"do": "exit", "code": 3})
    assert "Runtime.ExitError" == answered.payload["errorType"]
    assert answered.payload["errorMessage"].endswith(
        "Error: Runtime exited with error: exit status 3"
    )


def test_invoke_process_with_too_much_memory_is_killed(functions: Functions) -> None:
    """The memory of a function is a limit."""
    if not Path("/proc/self").is_dir():
        pytest.skip("this system does not tell what memory a process has")
    answered = functions.run("work", {"do": "memory"})
    assert answered.payload["errorMessage"].endswith(
        "Error: Runtime exited with error: signal: killed"
    )
    assert "Max Memory Used: 192 MB" in answered.log
    assert "Error Type: Runtime.OutOfMemory" in answered.log


def test_invoke_answer_that_is_too_large_is_an_error(functions: Functions) -> None:
    """Six mebibytes are the limit; less comes whole."""
    assert 6_000_000 == len(functions.run("work", {"do": "large", "size": 6_000_000}).payload)
    answered = functions.run("work", {"do": "large", "size": 6_500_000})
    assert "Function.ResponseSizeTooLarge" == answered.payload["errorType"]


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("import nothing_of_that_name\n", "Runtime.ImportModuleError"),
        ("def handler(\n", "Runtime.UserCodeSyntaxError"),
        ("value = 1\n", "Runtime.HandlerNotFound"),
        ("raise RuntimeError('at start')\n", "RuntimeError"),
        ("import os\nos._exit(2)\n", "Runtime.ExitError"),
    ],
)
def test_invoke_function_that_cannot_start_tells_why(
    functions: Functions, code: str, error_type: str
) -> None:
    """An error before the handler is there is the answer to the invocation."""
    name = f"broken-{error_type.replace('.', '-')}"
    functions.make(name, code)
    answered = functions.run(name)
    assert ("Unhandled", error_type) == (answered.error, answered.payload["errorType"])


def test_invoke_dry_run_runs_nothing(functions: Functions) -> None:
    """Only whether it could be run is answered."""
    before = functions.run("work", {"do": "count"}).payload
    answer = functions.client.invoke(FunctionName="work", InvocationType="DryRun")
    assert 204 == answer["StatusCode"]
    assert before + 1 == functions.run("work", {"do": "count"}).payload


def test_invoke_payload_that_is_no_json_is_refused(functions: Functions) -> None:
    """Nothing runs."""
    code, text = _refused(functions.client.invoke, FunctionName="work", Payload=b"{")
    assert "InvalidRequestContentException" == code
    assert text.startswith("Could not parse request body into json")


def test_invoke_payload_that_is_too_large_is_refused(functions: Functions) -> None:
    """A queued invocation has less room than one that is waited for."""
    payload = json.dumps("x" * 1_048_576)
    code, text = _refused(
        functions.client.invoke, FunctionName="work", Payload=payload, InvocationType="Event"
    )
    assert "RequestTooLargeException" == code
    assert "is too large for the Event invocation type (limit 1048576 bytes)" in text


def test_invoke_function_of_a_name_with_the_time_is_refused(functions: Functions) -> None:
    """A name that was never made, as `GlobalTableProcessor-$(date +%s)`, is no function."""
    name = "GlobalTableProcessor-1795279000"
    assert ("ResourceNotFoundException", f"Function not found: {_ARN}:{name}") == _refused(
        functions.client.invoke, FunctionName=name
    )


def test_invoke_version_and_alias_run_what_they_were(functions: Functions) -> None:
    """A version keeps its code; an alias leads to it."""
    functions.make("versioned", "def handler(event, context):\n    return 1\n")
    client = functions.client
    client.publish_version(FunctionName="versioned")
    client.create_alias(FunctionName="versioned", Name="live", FunctionVersion="1")
    code = archive({"index.py": "def handler(event, context):\n    return 2\n"})
    client.update_function_code(FunctionName="versioned", ZipFile=code)
    assert 2 == functions.run("versioned").payload
    aliased = functions.run("versioned", Qualifier="live")
    assert (1, "1") == (aliased.payload, aliased.version)
    assert 1 == functions.run(f"{_ARN}:versioned:1").payload


def test_invoke_with_no_reserved_concurrency_is_throttled(functions: Functions) -> None:
    """Zero is the switch that AWS has."""
    functions.make("throttled")
    functions.client.put_function_concurrency(
        FunctionName="throttled", ReservedConcurrentExecutions=0
    )
    with pytest.raises(ClientError) as refusal:
        functions.run("throttled")
    response: dict[str, Any] = dict(refusal.value.response)
    assert 429 == response["ResponseMetadata"]["HTTPStatusCode"]
    assert "TooManyRequestsException" == response["Error"]["Code"]
    assert "ReservedFunctionConcurrentInvocationLimitExceeded" == response["Reason"]


def test_invoke_function_with_layers_imports_from_them(functions: Functions) -> None:
    """What is under `python` in a layer can be imported; a later layer replaces files of an earlier one."""
    arns = [
        functions.client.publish_layer_version(
            LayerName=f"layer-{number}",
            Content={"ZipFile": archive({"python/shared.py": f"value = {number}\n"})},
        )["LayerVersionArn"]
        for number in (1, 2)
    ]
    code = "import shared\ndef handler(event, context):\n    return shared.value\n"
    functions.make("layered", code, Layers=arns)
    assert 2 == functions.run("layered").payload


def test_invoke_custom_runtime_runs_its_bootstrap(functions: Functions) -> None:
    """A `bootstrap` that speaks the Runtime API is a runtime."""
    if shutil.which("curl") is None:
        pytest.skip("the bootstrap of this test needs curl")
    bootstrap = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
    event=$(curl -sS -D "$TMPDIR/head" "$api/next") || exit 1
    id=$(grep -i lambda-runtime-aws-request-id "$TMPDIR/head" | tr -d '\\r' | cut -d' ' -f2)
    curl -sS -X POST "$api/$id/response" -d "{\\"got\\": $event}" >/dev/null
done
"""
    functions.make(
        "custom",
        Runtime="provided.al2023",
        Code={"ZipFile": archive({"bootstrap": bootstrap}, mode=0o755)},
    )
    assert {"got": {"a": 1}} == functions.run("custom", {"a": 1}).payload


def test_invoke_custom_runtime_that_cannot_be_executed_tells_so(functions: Functions) -> None:
    """A `bootstrap` without the right to be executed."""
    functions.make(
        "forbidden",
        Runtime="provided.al2023",
        Code={"ZipFile": archive({"bootstrap": "#!/bin/sh\n"}, mode=0o644)},
    )
    answered = functions.run("forbidden")
    assert ("Unhandled", "Runtime.InvalidEntrypoint") == (
        answered.error,
        answered.payload["errorType"],
    )


def test_invoke_prints_to_cloudwatch_logs(functions: Functions, server: Server) -> None:
    """Every environment has a stream in the function's log group."""
    functions.make("logged", "def handler(event, context):\n    print('a line')\n")
    functions.run("logged")
    logs = service_client(server.endpoint, "logs")

    def found() -> list[str]:
        answer = logs.filter_log_events(logGroupName="/aws/lambda/logged")
        return [event["message"].strip() for event in answer["events"]]

    def complete() -> bool:
        try:
            return any(line.startswith("REPORT") for line in found())
        except logs.exceptions.ResourceNotFoundException:
            return False

    assert eventually(complete)
    words = [line.split(" ")[0] for line in found()]
    assert ["INIT_START", "START", "a", "END", "REPORT"] == words


_NODE_FORMS = [
    ("index.js", "exports.handler = async (event) => ({ got: event.a });"),
    ("index.mjs", "export const handler = async (event) => ({ got: event.a });"),
    ("index.js", "exports.handler = (event, context, done) => done(null, { got: event.a });"),
]


@pytest.mark.parametrize(("file", "code"), _NODE_FORMS)
def test_invoke_node_handler_answers(functions: Functions, file: str, code: str) -> None:
    """Handlers of Node.js: CommonJS and modules, with promises and with callbacks."""
    if shutil.which("node") is None:
        pytest.skip("node is not on the PATH")
    name = f"node-{_NODE_FORMS.index((file, code))}"
    functions.make(name, Runtime="nodejs20.x", Code={"ZipFile": archive({file: code})})
    assert {"got": 1} == functions.run(name, {"a": 1}).payload


def test_invoke_node_handler_that_throws_is_unhandled(functions: Functions) -> None:
    """The error's name and text come out, and its trace."""
    if shutil.which("node") is None:
        pytest.skip("node is not on the PATH")
    code = "exports.handler = async () => { console.log('here'); throw new TypeError('no'); };"
    functions.make("throws", Runtime="nodejs20.x", Code={"ZipFile": archive({"index.js": code})})
    answered = functions.run("throws")
    told = answered.payload
    assert ("Unhandled", "TypeError", "no") == (
        answered.error,
        told["errorType"],
        told["errorMessage"],
    )
    assert "\tINFO\there" in answered.log


def test_invoke_counts_in_cloudwatch(functions: Functions, server: Server) -> None:
    """Invocations and errors of a function are metrics of AWS/Lambda."""
    functions.make("counted-calls", "def handler(event, context):\n    raise KeyError\n")
    functions.run("counted-calls")
    monitoring = service_client(server.endpoint, "cloudwatch")
    found = monitoring.list_metrics(
        Namespace="AWS/Lambda", Dimensions=[{"Name": "FunctionName", "Value": "counted-calls"}]
    )["Metrics"]
    names = {one["MetricName"] for one in found if len(one["Dimensions"]) == 1}
    assert {"Invocations", "Errors", "Duration", "Throttles", "ConcurrentExecutions"} == names
