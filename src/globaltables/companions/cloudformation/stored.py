"""What the service keeps: stacks, their names, templates, resources, events, change sets and exports."""

from collections.abc import Iterator, Sequence
from typing import Any

from globaltables.companions.cloudformation.refusals import no_such_stack
from globaltables.companions.records import Document, Records
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.arns import partition_of
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

SERVICE = "cloudformation"
#: By the last part of their ARN; see docs/formats/companions.md.
STACKS = Records(SERVICE, "stack")
#: By name: the id of the stack that has it now.
NAMES = Records(SERVICE, "name")
#: By stack id and number: the text as it was given and the document that transforms made of it.
TEMPLATES = Records(SERVICE, "template")
#: By id.
CHANGE_SETS = Records(SERVICE, "change-set")
#: By name.
EXPORTS = Records(SERVICE, "export")
#: By id: what a detection of drift has found.
DETECTIONS = Records(SERVICE, "detection")
#: By token: what a custom resource answered, or a wait condition was told.
ANSWERS = Records(SERVICE, "answer")


def resources_of(stack_id: str) -> Records:
    """Return the records of a stack's resources, by logical id."""
    return Records(SERVICE, f"resource/{stack_id}")


def events_of(stack_id: str) -> Records:
    """Return the records of a stack's events, in the order of their names."""
    return Records(SERVICE, f"event/{stack_id}")


def arn_of(region: Region, account: str, kind: str, name: str) -> str:
    """Return the ARN of something of the service.

    Args:
        region: where it is.
        account: whose it is.
        kind: "stack" or "changeSet".
        name: with its id, e.g. "orders/6f2c…".
    """
    return f"arn:{partition_of(region.name)}:{SERVICE}:{region.name}:{account}:{kind}/{name}"


def id_in(arn: str) -> str:
    """Return the id that ends an ARN."""
    return arn.rpartition("/")[2]


def find_stack(reader: Reader | Stage, account: str, name_or_arn: str) -> Document | None:
    """Return a stack by its name, when it is not deleted, or by its ARN."""
    if name_or_arn.startswith("arn:"):
        return STACKS.get(reader, account, id_in(name_or_arn))
    known = NAMES.get(reader, account, name_or_arn) if name_or_arn.isascii() else None
    return None if known is None else STACKS.get(reader, account, known["id"])


def stack_of(reader: Reader | Stage, account: str, name_or_arn: str) -> Document:
    """Return a stack by its name or ARN.

    Raises:
        ApiError: ValidationError; there is none.
    """
    found = find_stack(reader, account, name_or_arn)
    if found is None:
        raise no_such_stack(name_or_arn)
    return found


def template_of(reader: Reader | Stage, account: str, stack_id: str, number: int) -> Document:
    """Return a template of a stack: `text`, and `body` as transforms left it."""
    found = TEMPLATES.get(reader, account, f"{stack_id}/{number}")
    assert found is not None, (stack_id, number)
    return found


def put_template(stage: Stage, account: str, stack_id: str, number: int, template: Any) -> None:
    """Stage a template of a stack."""
    TEMPLATES.put(stage, account, f"{stack_id}/{number}", template)


def all_stacks(reader: Reader, account: str) -> Iterator[Document]:
    """Return the stacks of an account, the deleted ones too."""
    return (document for _, document in STACKS.of_account(reader, account))


def policy_resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the stack that a request is about, as policies name it."""
    name = call.request.get("StackName")
    if not name:
        return ("*",)
    if name.startswith("arn:"):
        return (name,)
    found = find_stack(call.region.store.reader(), call.account, name)
    return (
        arn_of(call.region, call.account, "stack", f"{name}/*") if found is None else found["arn"],
    )


def forget_stack(stage: Stage, reader: Reader, account: str, stack: Document) -> None:
    """Stage the end of everything that is kept of a deleted stack."""
    for records in (resources_of(stack["id"]), events_of(stack["id"])):
        for name, _ in records.of_account(reader, account):
            records.put(stage, account, name, None)
    for number in range(stack["next_template"]):
        TEMPLATES.put(stage, account, f"{stack['id']}/{number}", None)
    for change_set_id, change_set in CHANGE_SETS.of_account(reader, account):
        if change_set["stack"] == stack["arn"]:
            CHANGE_SETS.put(stage, account, change_set_id, None)
    STACKS.put(stage, account, stack["id"], None)
