"""Writes what happens to a stack: its status, its resources, and an event for each change."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import orjson

from globaltables.companions.cloudformation.stored import (
    NAMES,
    STACKS,
    TEMPLATES,
    events_of,
    resources_of,
    template_of,
)
from globaltables.companions.cloudformation.times import iso_time
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.security.principals import Principal

STACK_TYPE = "AWS::CloudFormation::Stack"


class Ledger:
    """The records of one stack.

    Args:
        region: where the stack is.
        account: whose it is.
        stack_id: the last part of its ARN.

    Attributes:
        region: see there.
        account: see there.
        stack_id: see there.
    """

    def __init__(self, region: Region, account: str, stack_id: str) -> None:
        self.region = region
        self.account = account
        self.stack_id = stack_id

    def stack(self) -> Document:
        """Return the stack as it is now."""
        found = STACKS.get(self.region.store.reader(), self.account, self.stack_id)
        assert found is not None, self.stack_id
        return found

    def resources(self) -> dict[str, Document]:
        """Return the stack's resources by logical id."""
        reader = self.region.store.reader()
        return dict(resources_of(self.stack_id).of_account(reader, self.account))

    def template(self, number: int) -> Document:
        """Return a template of the stack."""
        return template_of(self.region.store.reader(), self.account, self.stack_id, number)

    @property
    def principal(self) -> Principal:
        """Who acts for the stack."""
        return principal_of(self.stack())

    async def change(self, **members: Any) -> Document:
        """Set members of the stack and return it."""

        def decide(stage: Stage) -> Document:
            stack = STACKS.get(stage, self.account, self.stack_id)
            assert stack is not None, self.stack_id
            stack.update(members)
            STACKS.put(stage, self.account, self.stack_id, stack)
            return stack

        return await self.region.store.submit(decide)

    async def enter(self, status: str, reason: str | None = None, **members: Any) -> Document:
        """Let the stack enter a status, with an event, and set members of it."""
        decide = partial(self._enter, status, reason, members)
        stack, event = await self.region.store.submit(decide)
        await self._notify(stack, event)
        return stack

    async def put(self, record: Document, status: str, reason: str = "") -> None:
        """Record what a resource has become, with an event.

        Args:
            record: of the resource.
            status: that it enters.
            reason: why; empty for none.
        """
        record["status"] = status
        record["reason"] = reason
        record["updated"] = self.region.clock.now_ms()

        def decide(stage: Stage) -> tuple[Document, Document]:
            resources_of(self.stack_id).put(stage, self.account, record["logical"], record)
            stack = STACKS.get(stage, self.account, self.stack_id)
            assert stack is not None, self.stack_id
            return stack, self._event(stage, stack, record)

        stack, event = await self.region.store.submit(decide)
        await self._notify(stack, event)

    async def tell(self, shadow: Document, status: str, reason: str = "") -> None:
        """Write an event about something that is no resource of the stack any more."""
        told = {**shadow, "status": status, "reason": reason}
        told["updated"] = self.region.clock.now_ms()

        def decide(stage: Stage) -> tuple[Document, Document]:
            stack = STACKS.get(stage, self.account, self.stack_id)
            assert stack is not None, self.stack_id
            return stack, self._event(stage, stack, told)

        stack, event = await self.region.store.submit(decide)
        await self._notify(stack, event)

    async def keep(self, record: Document) -> None:
        """Record a resource without an event."""
        await self._stage(
            lambda stage: resources_of(self.stack_id).put(
                stage, self.account, record["logical"], record
            )
        )

    async def drop(self, logical_id: str) -> None:
        """Forget a resource."""
        await self._stage(
            lambda stage: resources_of(self.stack_id).put(stage, self.account, logical_id, None)
        )

    async def drop_template(self, number: int) -> None:
        """Forget a template that the stack has no more."""
        name = f"{self.stack_id}/{number}"
        await self._stage(lambda stage: TEMPLATES.put(stage, self.account, name, None))

    async def _stage(self, decide: Callable[[Stage], None]) -> None:
        await self.region.store.submit(decide)

    def _enter(
        self, status: str, reason: str | None, members: dict[str, Any], stage: Stage
    ) -> tuple[Document, Document]:
        stack = STACKS.get(stage, self.account, self.stack_id)
        assert stack is not None, self.stack_id
        stack.update(members)
        now_ms = self.region.clock.now_ms()
        if status == "DELETE_COMPLETE":
            stack["deleted"] = now_ms
            known = NAMES.get(stage, self.account, stack["name"])
            if known is not None and known["id"] == self.stack_id:
                NAMES.put(stage, self.account, stack["name"], None)
        event = enter_status(stage, self.account, stack, status, reason, now_ms)
        return stack, event

    def _event(self, stage: Stage, stack: Document, record: Document) -> Document:
        return put_event(
            stage,
            self.account,
            stack,
            {
                "logical": record["logical"],
                "physical": record.get("physical") or "",
                "type": record["type"],
                "status": record["status"],
                "reason": record["reason"] or None,
                "properties": orjson.dumps(record["properties"]).decode(),
                "at": record["updated"],
            },
        )

    async def _notify(self, stack: Document, event: Document) -> None:
        """Tell the stack's topics; one that is gone is not the stack's failure."""
        for arn in stack["topics"]:
            message = {
                "TopicArn": arn,
                "Subject": "AWS CloudFormation Notification",
                "Message": _message(stack, event),
            }
            with suppress(ApiError, OperationalError):
                await self.region.services.call(
                    "sns",
                    "Publish",
                    message,
                    region=self.region.name,
                    account=self.account,
                    principal=principal_of(stack),
                )


def enter_status(
    stage: Stage, account: str, stack: Document, status: str, reason: str | None, now_ms: int
) -> Document:
    """Stage a stack in a status that it enters, with the event, and return that."""
    stack["status"] = status
    stack["reason"] = reason
    STACKS.put(stage, account, stack["id"], stack)
    event = {
        "logical": stack["name"],
        "physical": stack["arn"],
        "type": STACK_TYPE,
        "status": status,
        "reason": reason,
        "properties": None,
        "at": now_ms,
    }
    return put_event(stage, account, stack, event)


def put_event(stage: Stage, account: str, stack: Document, event: Document) -> Document:
    """Stage an event of a stack and return it with its name."""
    name = f"{stage.tick():016x}"
    event = {**event, "id": name, "token": stack.get("token")}
    events_of(stack["id"]).put(stage, account, name, event)
    return event


def principal_of(stack: Document) -> Principal:
    """Return who acts for a stack: its role, or who asked last."""
    return Principal(**{name: _frozen(value) for name, value in stack["principal"].items()})


def _frozen(value: Any) -> Any:
    """Return what JSON made a list as the tuple that it was."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _message(stack: Document, event: Document) -> str:
    members = {
        "StackId": stack["arn"],
        "Timestamp": iso_time(event["at"]),
        "EventId": event["id"],
        "LogicalResourceId": event["logical"],
        "Namespace": stack["arn"].split(":")[4],
        "PhysicalResourceId": event["physical"],
        "ResourceProperties": event["properties"] or "null",
        "ResourceStatus": event["status"],
        "ResourceStatusReason": event["reason"] or "",
        "ResourceType": event["type"],
        "StackName": stack["name"],
        "ClientRequestToken": event["token"] or "null",
    }
    return "".join(f"{name}='{value}'\n" for name, value in members.items())
