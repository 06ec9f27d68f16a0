"""The operations of Application Auto Scaling, read when one of them is first asked for: most nodes never are."""

from functools import lru_cache

from globaltables.api.model import Models, OperationModel, read_operations

_MODEL_FILE = "application-autoscaling/2016-02-06/service-2.json.gz"
_TARGETS = "AnyScaleFrontendService."


class ModelsWithScaling:
    """Models, and those of Application Auto Scaling behind them.

    Args:
        models: asked first.
    """

    __slots__ = ("_models",)

    def __init__(self, models: Models) -> None:
        self._models = models

    def operation(self, target: str) -> OperationModel | None:
        """Return the operation of an X-Amz-Target value, None when AWS has no such operation."""
        if target.startswith(_TARGETS):
            return scaling_models().operation(target)
        return self._models.operation(target)


@lru_cache
def scaling_models() -> Models:
    """Return the models of Application Auto Scaling in the installed botocore."""
    operations = read_operations(_MODEL_FILE)
    return Models({operation.target: operation for operation in operations})
