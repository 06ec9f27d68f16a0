"""Services take roles inside the process, where nothing else is verified: their trust policy always counts."""

import asyncio
import json
from typing import Any

import pytest

from globaltables.companions.framework.dispatch import Dispatcher
from globaltables.companions.framework.services import Services
from globaltables.companions.registry import SERVICES
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.node import Node
from globaltables.security.identities import Identities
from globaltables.security.principals import Principal, aws_service
from globaltables.security.session_tokens import KEY_BYTES, SessionTokens
from tests.support.regions import ACCOUNT, make_region

LAMBDA = aws_service("lambda.amazonaws.com")


def made_services() -> tuple[Services, Node]:
    """Return IAM and STS of a node in memory."""
    region = make_region("us-east-1").region
    tokens = SessionTokens(bytes(KEY_BYTES))
    identities = Identities(region.clock.now_ms, lambda: tokens, lambda: None)
    node = Node(lambda _: region, None, identities)
    dispatchers = {name: Dispatcher(SERVICES[name]) for name in ("iam", "sts")}
    services = Services(dispatchers, node, "us-east-1", {})
    region.services = services
    return services, node


async def assume(principal: Principal, trusted: dict[str, Any]) -> tuple[Node, dict[str, Any]]:
    """Return the session of a role that trusts somebody."""
    services, node = made_services()
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = {"RoleName": "worker", "AssumeRolePolicyDocument": document}
    made = await services.call("iam", "CreateRole", role, region="us-east-1", account=ACCOUNT)
    request = {"RoleArn": made["Role"]["Arn"], "RoleSessionName": "run"}
    return node, await services.call(
        "sts", "AssumeRole", request, region="us-east-1", account=ACCOUNT, principal=principal
    )


def test_service_takes_a_role_that_trusts_it() -> None:
    """The credentials are the role's session, and are recognised."""
    node, answer = asyncio.run(assume(LAMBDA, {"Service": "lambda.amazonaws.com"}))
    made = answer["Credentials"]
    token = made["SessionToken"].encode()
    session = node.identities.recognised(made["AccessKeyId"], token)
    assert session is not None
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/run" == session.arn
    assert f"arn:aws:iam::{ACCOUNT}:role/worker" == session.role_arn
    assert made["SecretAccessKey"] == node.identities.get(made["AccessKeyId"])


def test_service_takes_no_role_that_trusts_another() -> None:
    """Whatever the mode, a role is for the services that its policy names."""
    with pytest.raises(ApiError) as caught:
        asyncio.run(assume(LAMBDA, {"Service": "events.amazonaws.com"}))
    assert "AccessDeniedException" == caught.value.code
    assert "is not authorized to perform: sts:AssumeRole" in str(caught.value.message)
