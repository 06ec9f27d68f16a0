"""Templates of the AWS Serverless Application Model, by AWS's own translator."""

from typing import Any

from globaltables.companions.cloudformation.refusals import invalid
from globaltables.runtime.threads import in_thread

_POLICIES = "arn:aws:iam::aws:policy/"


async def translated(
    document: dict[str, Any], parameters: dict[str, Any], region: str
) -> dict[str, Any]:
    """Return a serverless template as a plain one.

    Args:
        document: the template.
        parameters: by name.
        region: of the stack.

    Raises:
        ApiError: ValidationError; the translator refuses it.
    """
    return await in_thread(lambda: _translate(document, parameters, region), "cloudformation-sam")


def _translate(document: dict[str, Any], parameters: dict[str, Any], region: str) -> dict[str, Any]:
    # The translator takes two seconds to import, and few need it.
    from boto3.session import Session  # noqa: PLC0415
    from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415

    translator = Translator(_PolicyNames(), Parser(), boto_session=Session(region_name=region))
    try:
        made: dict[str, Any] = translator.translate(document, {**parameters, "AWS::Region": region})
    except InvalidDocumentException as error:
        text = "; ".join(str(cause.message) for cause in error.causes) or str(error.message)
        raise invalid(f"Transform AWS::Serverless-2016-10-31 failed with: {text}") from None
    made.pop("Transform", None)
    return made


class _PolicyNames(dict[str, str]):
    """The ARN of every managed policy by its name; whether it is there, IAM says when it is attached."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.startswith(("AWS", "Amazon", "CloudWatch", "IAM"))

    def __getitem__(self, name: str) -> str:
        return _POLICIES + ("service-role/" if "ExecutionRole" in name else "") + name

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            return default
        return self[name]
