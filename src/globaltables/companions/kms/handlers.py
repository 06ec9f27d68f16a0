"""Every operation of the service that is served."""

from collections.abc import Mapping
from types import MappingProxyType

from globaltables.companions.kms import (
    access,
    aliases,
    creation,
    encryption,
    grants,
    policies,
    rotation,
    signing,
    states,
    tagging,
    times,
)
from globaltables.companions.service import Handler, Implementation

_HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "CancelKeyDeletion": states.cancel_key_deletion,
        "CreateAlias": aliases.create_alias,
        "CreateGrant": grants.create_grant,
        "CreateKey": creation.create_key,
        "Decrypt": encryption.decrypt,
        "DeleteAlias": aliases.delete_alias,
        "DescribeKey": creation.describe_key,
        "DisableKey": states.disable_key,
        "DisableKeyRotation": rotation.disable_key_rotation,
        "EnableKey": states.enable_key,
        "EnableKeyRotation": rotation.enable_key_rotation,
        "Encrypt": encryption.encrypt,
        "GenerateDataKey": encryption.generate_data_key,
        "GenerateDataKeyPair": encryption.generate_data_key_pair,
        "GenerateDataKeyPairWithoutPlaintext": (
            encryption.generate_data_key_pair_without_plaintext
        ),
        "GenerateDataKeyWithoutPlaintext": encryption.generate_data_key_without_plaintext,
        "GenerateMac": signing.generate_mac,
        "GenerateRandom": encryption.generate_random,
        "GetKeyPolicy": policies.get_key_policy,
        "GetKeyRotationStatus": rotation.get_key_rotation_status,
        "GetPublicKey": signing.get_public_key,
        "ListAliases": aliases.list_aliases,
        "ListGrants": grants.list_grants,
        "ListKeyPolicies": policies.list_key_policies,
        "ListKeyRotations": rotation.list_key_rotations,
        "ListKeys": creation.list_keys,
        "ListResourceTags": tagging.list_resource_tags,
        "ListRetirableGrants": grants.list_retirable_grants,
        "PutKeyPolicy": policies.put_key_policy,
        "ReEncrypt": encryption.re_encrypt,
        "ReplicateKey": creation.replicate_key,
        "RetireGrant": grants.retire_grant,
        "RevokeGrant": grants.revoke_grant,
        "RotateKeyOnDemand": rotation.rotate_key_on_demand,
        "ScheduleKeyDeletion": states.schedule_key_deletion,
        "Sign": signing.sign,
        "TagResource": tagging.tag_resource,
        "UntagResource": tagging.untag_resource,
        "UpdateAlias": aliases.update_alias,
        "UpdateKeyDescription": creation.update_key_description,
        "Verify": signing.verify,
        "VerifyMac": signing.verify_mac,
    }
)


IMPLEMENTATION = Implementation(
    handlers=_HANDLERS,
    resume=times.watch,
    resources=access.resources,
    policy_of=access.policy_of,
    policy_decides=True,
)
