"""Change sets: updates, creations and imports that are looked at before they are carried out."""

from typing import Any

from globaltables.companions.cloudformation.changes import changes_of
from globaltables.companions.cloudformation.engine.running import start
from globaltables.companions.cloudformation.engine.surroundings import importer
from globaltables.companions.cloudformation.operating import (
    acting,
    ask_of,
    begin,
    check_name,
    disables_rollback,
    new_stack,
    refuse_unserved,
    remember,
    scope_for,
    soon,
    take_name,
    wrong_state,
)
from globaltables.companions.cloudformation.preparing import Prepared, prepare, read_document
from globaltables.companions.cloudformation.refusals import invalid
from globaltables.companions.cloudformation.stack_descriptions import stack_parameters
from globaltables.companions.cloudformation.stack_requests import (
    check_types,
    check_updatable,
    differs,
)
from globaltables.companions.cloudformation.stored import (
    CHANGE_SETS,
    STACKS,
    TEMPLATES,
    arn_of,
    find_stack,
    id_in,
    put_template,
    resources_of,
    stack_of,
    template_of,
)
from globaltables.companions.cloudformation.templates.capabilities import check_capabilities
from globaltables.companions.cloudformation.templates.document import read_template
from globaltables.companions.cloudformation.turning import page
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage

Answer = dict[str, Any]
_UNCHANGED = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)


async def create_change_set(call: ServiceCall) -> Answer:
    """Create a change set, and the stack for it when it creates one."""
    request, region = call.request, call.region
    refuse_unserved(request)
    reader = region.store.reader()
    kind = request.get("ChangeSetType") or "UPDATE"
    known = find_stack(reader, call.account, request["StackName"])
    if known is not None and known["deleted"] is not None:
        known = None
    stack = _stack_for(call, kind, known)
    same_name = _named(reader, call.account, stack["arn"], request["ChangeSetName"])
    token = request.get("ClientToken")
    if same_name is not None and token is not None and same_name.get("token") == token:
        return {"Id": same_name["arn"], "StackId": stack["arn"]}
    if same_name is not None:
        raise ApiError(
            "AlreadyExistsException", f"ChangeSet {request['ChangeSetName']} already exists"
        )
    old = None
    if stack["template"] is not None:
        old = template_of(reader, call.account, stack["id"], stack["template"])
    prepared = await _prepared(call, stack, old)
    to_import = request.get("ResourcesToImport") or []
    _check_imports(kind, prepared, to_import)
    records = dict(resources_of(stack["id"]).of_account(reader, call.account))
    tags: list[dict[str, str]] = request.get("Tags") or stack["tags"]
    imports = importer(region, call.account)
    changes = changes_of(prepared, records, tags, to_import, imports)
    if kind == "IMPORT":
        _check_only_imports(changes)
    same = old is not None and not differs(stack, old["body"], prepared, request)
    change_set = _new_change_set(call, stack, kind, prepared, changes)
    if same and not to_import:
        change_set.update(status="FAILED", reason=_UNCHANGED, execution="UNAVAILABLE")
    template = {"text": prepared.text, "body": prepared.template.body}

    def decide(stage: Stage) -> None:
        if known is None:
            take_name(stage, call.account, stack)
            begin(stage, call, stack, "REVIEW_IN_PROGRESS")
            current = stack
        else:
            current = stack_of(stage, call.account, stack["arn"])
        change_set["template"] = current["next_template"]
        put_template(stage, call.account, current["id"], current["next_template"], template)
        current["next_template"] += 1
        STACKS.put(stage, call.account, current["id"], current)
        CHANGE_SETS.put(stage, call.account, change_set["id"], change_set)

    await region.store.submit(decide)
    return {"Id": change_set["arn"], "StackId": stack["arn"]}


def describe_change_set(call: ServiceCall) -> Answer:
    """Describe a change set."""
    found = _found(call)
    answer = {
        "ChangeSetName": found["name"],
        "ChangeSetId": found["arn"],
        "StackId": found["stack"],
        "StackName": found["stack"].split("/")[1],
        "Description": found["description"],
        "Parameters": stack_parameters(found) or None,
        "CreationTime": found["created"] / 1000,
        "ExecutionStatus": found["execution"],
        "Status": found["status"],
        "StatusReason": found["reason"],
        "NotificationARNs": found["topics"],
        "RollbackConfiguration": {},
        "Capabilities": found["capabilities"],
        "Tags": found["tags"],
        "IncludeNestedStacks": False,
        "OnStackFailure": found["on_failure"],
        **page(call.request, found["changes"], "Changes"),
    }
    return {name: value for name, value in answer.items() if value is not None}


def list_change_sets(call: ServiceCall) -> Answer:
    """List the change sets of a stack."""
    reader = call.region.store.reader()
    stack = stack_of(reader, call.account, call.request["StackName"])
    found = _all_of(reader, call.account, stack["arn"])
    summaries = [
        {
            "StackId": one["stack"],
            "StackName": stack["name"],
            "ChangeSetId": one["arn"],
            "ChangeSetName": one["name"],
            "ExecutionStatus": one["execution"],
            "Status": one["status"],
            "CreationTime": one["created"] / 1000,
            "IncludeNestedStacks": False,
            **({"StatusReason": one["reason"]} if one["reason"] else {}),
            **({"Description": one["description"]} if one["description"] else {}),
        }
        for one in found
    ]
    return page(call.request, summaries, "Summaries")


async def delete_change_set(call: ServiceCall) -> Answer:
    """Delete a change set; what is not there is deleted already."""
    try:
        found = _found(call)
    except ApiError as error:
        if error.code == "ChangeSetNotFound":
            return {}
        raise

    def decide(stage: Stage) -> None:
        _drop(stage, call.account, found)

    await call.region.store.submit(decide)
    return {}


async def execute_change_set(call: ServiceCall) -> Answer:
    """Carry a change set out."""
    region = call.region
    found = _found(call)
    others = [
        one
        for one in _all_of(region.store.reader(), call.account, found["stack"])
        if one["id"] != found["id"]
    ]

    def decide(stage: Stage) -> Document:
        change_set = CHANGE_SETS.get(stage, call.account, found["id"])
        if change_set is None or change_set["execution"] != "AVAILABLE":
            status = "DELETED" if change_set is None else change_set["status"]
            raise ApiError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{found['arn']}] cannot be executed in its current status of [{status}]",
            )
        stack = stack_of(stage, call.account, found["stack"])
        _apply(call, stack, change_set)
        change_set["execution"] = "EXECUTE_COMPLETE"
        CHANGE_SETS.put(stage, call.account, change_set["id"], change_set)
        for other in others:
            _drop(stage, call.account, other)
        status = {"CREATE": "CREATE_IN_PROGRESS", "IMPORT": "IMPORT_IN_PROGRESS"}
        begin(stage, call, stack, status.get(change_set["kind"], "UPDATE_IN_PROGRESS"))
        return stack

    stack = await region.store.submit(decide)
    start(region, call.account, stack["id"])
    await soon(call, stack["id"])
    return {}


def _apply(call: ServiceCall, stack: Document, change_set: Document) -> None:
    if change_set["kind"] == "CREATE":
        if stack["status"] != "REVIEW_IN_PROGRESS":
            raise invalid(f"Stack [{stack['name']}] already exists and cannot be created again")
    else:
        if stack["status"] != "REVIEW_IN_PROGRESS":
            check_updatable(stack)
            remember(stack)
        stack["updated"] = call.region.clock.now_ms()
    failing = change_set["on_failure"] or "ROLLBACK"
    if disables_rollback(call.request):
        failing = "DO_NOTHING"
    names = ("template", "parameters", "resolved", "hidden", "tags", "topics", "capabilities")
    stack.update({name: change_set[name] for name in names})
    stack.update(
        description=change_set["template_description"],
        change_set=change_set["arn"],
        on_failure=failing,
        to_import=change_set["to_import"],
        role=change_set["role"] or stack["role"],
        token=call.request.get("ClientRequestToken"),
    )
    stack["principal"] = acting(call, stack["role"])


def _stack_for(call: ServiceCall, kind: str, known: Document | None) -> Document:
    """Return the stack of a new change set, a new one where it is to be created.

    Raises:
        ApiError: ValidationError; the stack is not in the right state.
    """
    name = call.request["StackName"]
    if kind == "CREATE" and known is not None and known["status"] != "REVIEW_IN_PROGRESS":
        raise invalid(
            f"Stack [{known['name']}] already exists and cannot be created again with the changeSet "
            f"[{call.request['ChangeSetName']}]."
        )
    if known is not None:
        if known["status"] == "REVIEW_IN_PROGRESS":
            if kind == "UPDATE":
                raise wrong_state(known, "updated")
        else:
            check_updatable(known)
        return known
    if kind == "UPDATE":
        raise invalid(f"Stack [{name}] does not exist")
    check_name(name)
    return new_stack(call, call.region.randomness.uuid(), call.region.clock.now_ms())


async def _prepared(call: ServiceCall, stack: Document, old: Document | None) -> Prepared:
    request, ask = call.request, ask_of(call)
    if request.get("UsePreviousTemplate"):
        if old is None:
            raise invalid("UsePreviousTemplate needs a stack that has a template")
        text: str = old["text"]
        document = read_template(text, from_bucket=True)
    else:
        text, document = await read_document(
            request.get("TemplateBody"), request.get("TemplateURL"), ask
        )
    topics: list[str] = request.get("NotificationARNs") or stack["topics"]
    scope = scope_for(call, stack["name"], stack["arn"], topics)
    previous = None if old is None else stack["parameters"]
    given = request.get("Parameters") or []
    prepared = await prepare(text, document, given, previous, scope, ask)
    check_capabilities(
        prepared.template.resources, prepared.transforms, request.get("Capabilities") or []
    )
    if old is not None:
        check_types(old["body"], prepared)
    return prepared


def _new_change_set(
    call: ServiceCall, stack: Document, kind: str, prepared: Prepared, changes: list[Document]
) -> Document:
    request, region = call.request, call.region
    name, change_set_id = request["ChangeSetName"], region.randomness.uuid()
    return {
        "id": change_set_id,
        "arn": arn_of(region, call.account, "changeSet", f"{name}/{change_set_id}"),
        "name": name,
        "stack": stack["arn"],
        "kind": kind,
        "status": "CREATE_COMPLETE",
        "reason": None,
        "execution": "AVAILABLE",
        "description": request.get("Description"),
        "token": request.get("ClientToken"),
        "template_description": prepared.template.description,
        "created": region.clock.now_ms(),
        "template": 0,
        "parameters": prepared.texts,
        "resolved": prepared.resolved,
        "hidden": prepared.hidden,
        "tags": request.get("Tags", stack["tags"]),
        "topics": request.get("NotificationARNs") or stack["topics"],
        "capabilities": request.get("Capabilities") or [],
        "role": request.get("RoleARN"),
        "on_failure": request.get("OnStackFailure"),
        "to_import": request.get("ResourcesToImport") or [],
        "changes": changes,
    }


def _check_imports(kind: str, prepared: Prepared, to_import: list[Document]) -> None:
    if kind != "IMPORT":
        if to_import:
            raise invalid("ResourcesToImport can only be specified for a change set of type IMPORT")
        return
    if not to_import:
        raise invalid("At least one resource to import must be specified")
    resources = prepared.template.resources
    for entry in to_import:
        name = entry["LogicalResourceId"]
        if name not in resources:
            raise invalid(f"Resources [{name}] is missing from template")
        if resources[name]["Type"] != entry["ResourceType"]:
            raise invalid(f"Resource type of {name} does not match the template")
        if "DeletionPolicy" not in resources[name]:
            raise invalid(f"Resources to import must have the attribute DeletionPolicy [{name}]")


def _check_only_imports(changes: list[Document]) -> None:
    """Refuse an import that does something else beside.

    Raises:
        ApiError: ValidationError.
    """
    others = [
        change["ResourceChange"]["LogicalResourceId"]
        for change in changes
        if change["ResourceChange"]["Action"] != "Import"
    ]
    if others:
        raise invalid(
            f"As part of the import operation, you cannot modify or add [{', '.join(others)}]"
        )


def _all_of(reader: Reader, account: str, stack_arn: str) -> list[Document]:
    found = [one for _, one in CHANGE_SETS.of_account(reader, account) if one["stack"] == stack_arn]
    found.sort(key=_created)
    return found


def _named(reader: Reader, account: str, stack_arn: str, name: str) -> Document | None:
    return next((one for one in _all_of(reader, account, stack_arn) if one["name"] == name), None)


def _found(call: ServiceCall) -> Document:
    """Return the change set of a request, by its ARN or by name and stack.

    Raises:
        ApiError: ChangeSetNotFound, ValidationError.
    """
    reader = call.region.store.reader()
    name = call.request["ChangeSetName"]
    if name.startswith("arn:"):
        found = CHANGE_SETS.get(reader, call.account, id_in(name))
    else:
        if not call.request.get("StackName"):
            raise invalid(
                "StackName must be specified if ChangeSetName is not specified as an ARN."
            )
        stack = stack_of(reader, call.account, call.request["StackName"])
        found = _named(reader, call.account, stack["arn"], name)
    if found is None:
        raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", status=404)
    return found


def _drop(stage: Stage, account: str, change_set: Document) -> None:
    CHANGE_SETS.put(stage, account, change_set["id"], None)
    if change_set["execution"] != "EXECUTE_COMPLETE":
        name = f"{id_in(change_set['stack'])}/{change_set['template']}"
        TEMPLATES.put(stage, account, name, None)


def _created(change_set: Document) -> int:
    created: int = change_set["created"]
    return created
