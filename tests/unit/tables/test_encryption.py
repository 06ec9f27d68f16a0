"""Tests of what an SSESpecification asks for and of tables whose rows are moved."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.tables.definitions import Encryption, Layer
from globaltables.tables.encryption import (
    Wanted,
    born_sealed,
    check_new_key,
    check_unchanging,
    copied_layers,
    kms_refusal,
    resealed,
    resealing,
    wanted_encryption,
)
from tests.support.stores import make_table

_INVALID = "ValidationException: One or more parameter values were invalid: "
_KEY = Encryption("KMS", "arn:aws:kms:eu-west-1:123456789012:key/1", customer=True)


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        (None, None),
        ({}, None),
        ({"Enabled": False}, None),
        ({"Enabled": True}, Wanted(None)),
        ({"SSEType": "KMS"}, Wanted(None)),
        ({"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "k"}, Wanted("k")),
    ],
)
def test_wanted_encryption_is_read(specification: Any, expected: Wanted | None) -> None:
    """With a key, with AWS's own, or with the one that AWS owns."""
    assert expected == wanted_encryption(specification)


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ({"Enabled": False, "SSEType": "KMS"}, "SSEType can not be specified if Enabled is false"),
        (
            {"Enabled": False, "KMSMasterKeyId": "k"},
            "KMSMasterKeyId can not be specified if Enabled is false",
        ),
        ({"Enabled": True, "SSEType": "AES256"}, "SSEType AES256 is not supported"),
        (
            {"Enabled": True, "KMSMasterKeyId": "k"},
            "SSEType KMS is required if KMSMasterKeyId is specified",
        ),
    ],
)
def test_members_that_contradict_each_other_are_refused(specification: Any, text: str) -> None:
    """In AWS's words."""
    with pytest.raises(ApiError) as refusal:
        wanted_encryption(specification)
    assert _INVALID + text == str(refusal.value)


def test_layers_follow_each_change() -> None:
    """The new one comes first; the old ones stay until every row was moved."""
    table = make_table()
    on = resealing(table, _KEY, "one")
    assert (Layer(1, "one", table.name), Layer()) == on.layers
    assert on.encryption is not None
    assert "UPDATING" == on.encryption.status
    done = resealed(on)
    assert (_KEY, (Layer(1, "one", table.name),)) == (done.encryption, done.layers)
    changed = resealing(done, _KEY, "two")
    assert [2, 1] == [layer.generation for layer in changed.layers]
    off = resealing(resealed(changed), None, "")
    assert [0, 2] == [layer.generation for layer in off.layers]
    assert off.encryption is not None
    assert "UPDATING" == off.encryption.status
    plain = resealed(off)
    assert (None, ()) == (plain.encryption, plain.layers)


def test_a_copy_is_written_to_one_layer() -> None:
    """That of the table's new rows; none when these are not sealed."""
    table = replace(make_table(), encryption=_KEY)
    born = born_sealed(table, "one")
    assert born.layers == copied_layers(born)
    changed = resealing(born, _KEY, "two")
    assert changed.layers[:1] == copied_layers(changed)
    assert () == copied_layers(resealing(born, None, ""))


def test_a_second_change_waits_for_the_first() -> None:
    """AWS says so too."""
    check_unchanging(make_table())
    with pytest.raises(ApiError, match="Server-Side Encryption is still being updated"):
        check_unchanging(resealing(make_table(), _KEY, "one"))


def test_a_change_that_changes_nothing_is_refused() -> None:
    """The same key counts as the same when its ARN is given (measured)."""
    table = replace(make_table(), encryption=_KEY)
    with pytest.raises(ApiError, match="Table is already encrypted by default"):
        check_new_key(make_table(), None)
    with pytest.raises(ApiError, match="already encrypted with given KMSMasterKeyId"):
        check_new_key(table, Wanted(_KEY.kms_key_arn))
    check_new_key(table, Wanted("1"))
    check_new_key(table, None)


def test_what_kms_refuses_is_passed_on_in_the_words_of_dynamodb() -> None:
    """With the service, its code, and the region of a replica."""
    error = ApiError("NotFoundException", "Key 'a' does not exist")
    refusal = kms_refusal(error, "id", "eu-west-1")
    assert (
        "KMS validation error for region eu-west-1: com.amazonaws.services.kms.model."
        "NotFoundException: Key 'a' does not exist (Service: AWSKMS; Status Code: 400; Error Code: "
        "NotFoundException; Request ID: id; Proxy: null)"
    ) == refusal.message
    denied = kms_refusal(ApiError("AccessDeniedException", "no"), "id")
    assert "AccessDeniedException" == denied.code
    assert denied.message is not None
    assert denied.message.startswith("KMS key access denied error: ")
    assert 500 == kms_refusal(ApiError("ValidationException", "no"), "id").status
