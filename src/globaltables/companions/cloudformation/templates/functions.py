"""Evaluates what a template says: its functions, pseudo parameters and conditions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from globaltables.companions.cloudformation.refusals import format_error, template_error
from globaltables.companions.cloudformation.templates import plain_functions as plain
from globaltables.companions.cloudformation.templates.document import LANGUAGE_EXTENSIONS, Template
from globaltables.companions.cloudformation.templates.parameters import text_of
from globaltables.companions.cloudformation.templates.placeholders import pieces


class _NoValue:
    """The type of NO_VALUE."""


#: What AWS::NoValue stands for: the member is not there.
NO_VALUE: Final = _NoValue()


class Surroundings(Protocol):
    """What a template cannot know by itself."""

    def reference(self, logical_id: str) -> Any:
        """Return what Ref gives for a resource."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """Return an attribute of a resource."""

    def imported(self, name: str) -> Any:
        """Return the value that another stack exports."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template is evaluated with.

    Attributes:
        region: name.
        account: 12 digits.
        partition: e.g. "aws".
        stack_name: of the stack.
        stack_id: its ARN.
        notification_arns: of its topics.
        parameters: by name, as Ref gives them.
    """

    region: str
    account: str
    partition: str = "aws"
    stack_name: str = ""
    stack_id: str = ""
    notification_arns: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pseudo(self) -> dict[str, Any]:
        """The pseudo parameters by name."""
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        return {
            "AWS::AccountId": self.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": list(self.notification_arns),
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": suffix,
        }


class Evaluator:
    """Evaluates the parts of one template.

    Args:
        template: whose parts.
        scope: parameters and names.
        surroundings: resources and exports.
    """

    def __init__(self, template: Template, scope: Scope, surroundings: Surroundings) -> None:
        self._template = template
        self._surroundings = surroundings
        self._names: dict[str, Any] = {**scope.pseudo, **scope.parameters}
        self._region = scope.region
        self._extended = LANGUAGE_EXTENSIONS in template.transforms
        self._conditions: dict[str, bool] = {}
        self._deciding: set[str] = set()
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self._condition_value,
            "Fn::And": lambda given: all(self._booleans("Fn::And", given)),
            "Fn::Base64": lambda given: plain.base64(self.value(given)),
            "Fn::Cidr": lambda given: plain.cidr(self.value(given)),
            "Fn::Contains": lambda given: plain.contains(self.value(given)),
            "Fn::EachMemberEquals": lambda given: plain.each_equals(self.value(given)),
            "Fn::EachMemberIn": lambda given: plain.each_in(self.value(given)),
            "Fn::Equals": lambda given: plain.equals(self.value(given)),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::GetAZs": lambda given: plain.zones(self.value(given) or self._region),
            "Fn::If": self._if,
            "Fn::ImportValue": lambda given: self._surroundings.imported(self.value(given)),
            "Fn::Join": lambda given: plain.join(self.value(given)),
            "Fn::Length": self._length,
            "Fn::Not": lambda given: not self._booleans("Fn::Not", given)[0],
            "Fn::Or": lambda given: any(self._booleans("Fn::Or", given)),
            "Fn::Select": lambda given: plain.select(self.value(given)),
            "Fn::Split": lambda given: plain.split(self.value(given)),
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": self._to_json,
        }

    def value(self, node: Any) -> Any:
        """Return what a part of the template stands for.

        Raises:
            ApiError: ValidationError; a function cannot be evaluated.
        """
        if isinstance(node, dict):
            if len(node) == 1:
                name, given = next(iter(node.items()))
                function = self._functions.get(name)
                if function is not None and not (name == "Condition" and isinstance(given, dict)):
                    return function(given)
                if name.startswith("Fn::"):
                    raise template_error(f"Fn::{name[4:]} is not a supported function")
            values = {key: self.value(inner) for key, inner in node.items()}
            return {key: value for key, value in values.items() if value is not NO_VALUE}
        if isinstance(node, list):
            items = [self.value(inner) for inner in node]
            return [item for item in items if item is not NO_VALUE]
        return node

    def holds(self, name: str) -> bool:
        """Tell whether a condition is true.

        Raises:
            ApiError: ValidationError; there is none of that name, or it depends on itself.
        """
        if name not in self._conditions:
            if name not in self._template.conditions:
                raise format_error(f"Unresolved condition dependency {name}")
            if name in self._deciding:
                raise format_error(f"Circular dependency between conditions: [{name}]")
            self._deciding.add(name)
            value = self.value(self._template.conditions[name])
            self._conditions[name] = plain.truth(value)
            self._deciding.discard(name)
        return self._conditions[name]

    def active_resources(self) -> dict[str, dict[str, Any]]:
        """Return the resources that are to be there, by logical id."""
        return self._active(self._template.resources)

    def active_outputs(self) -> dict[str, dict[str, Any]]:
        """Return the outputs that are to be there, by name."""
        return self._active(self._template.outputs)

    def _active(self, section: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            name: part
            for name, part in section.items()
            if "Condition" not in part or self.holds(part["Condition"])
        }

    def _condition_value(self, given: Any) -> Any:
        """Return whether a condition holds; elsewhere `Condition` is an ordinary member (of policies)."""
        if isinstance(given, str) and given in self._template.conditions:
            return self.holds(given)
        return {"Condition": self.value(given)}

    def _booleans(self, function: str, given: Any) -> list[bool]:
        if not isinstance(given, list):
            raise template_error(f"every {function} object requires a list of conditions.")
        least, most = (1, 1) if function == "Fn::Not" else (2, 10)
        if not least <= len(given) <= most:
            raise template_error(
                f"every {function} object requires a list of at least {least} and at most {most} conditions."
            )
        return [plain.truth(self.value(one)) for one in given]

    def _ref(self, given: Any) -> Any:
        name = self.value(given)
        if not isinstance(name, str):
            raise template_error("Ref requires a text")
        if name in self._names:
            return self._names[name]
        return self._surroundings.reference(name)

    def _get_att(self, given: Any) -> Any:
        parts = given.split(".", 1) if isinstance(given, str) else given
        if not isinstance(parts, list) or len(parts) < 2:
            raise template_error(
                "Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"
            )
        logical, *names = (self.value(part) for part in parts)
        return self._surroundings.attribute(logical, ".".join(names))

    def _if(self, given: Any) -> Any:
        if not isinstance(given, list) or len(given) != 3:
            raise template_error("Fn::If requires a list argument with three elements")
        name, then, otherwise = given
        if not isinstance(name, str):
            raise template_error("Fn::If requires the name of a condition as its first argument")
        return self.value(then if self.holds(name) else otherwise)

    def _find_in_map(self, given: Any) -> Any:
        if not isinstance(given, list) or len(given) not in {3, 4}:
            raise template_error("every Fn::FindInMap object requires three parameters")
        name, first, second = (text_of(self.value(part)) for part in given[:3])
        try:
            return self.value(self._template.mappings[name][first][second])
        except KeyError:
            if len(given) == 4 and isinstance(given[3], dict) and "DefaultValue" in given[3]:
                return self.value(given[3]["DefaultValue"])
            raise template_error(f"Unable to get mapping for {name}::{first}::{second}") from None

    def _sub(self, given: Any) -> Any:
        text, variables = given, {}
        if isinstance(given, list):
            if len(given) != 2 or not isinstance(given[1], dict):
                raise template_error("One or more Fn::Sub intrinsic functions have a wrong form")
            text, variables = given
        if not isinstance(text, str):
            raise template_error("One or more Fn::Sub intrinsic functions don't have a text")
        parts = []
        for literal, name in pieces(text):
            parts.append(literal)
            if name:
                parts.append(self._substitute(name, variables))
        return "".join(parts)

    def _substitute(self, name: str, variables: Mapping[str, Any]) -> str:
        if name in variables:
            value = self.value(variables[name])
        elif name in self._names:
            value = self._names[name]
        elif "." in name:
            value = self._get_att(name)
        else:
            value = self._surroundings.reference(name)
        if value is NO_VALUE:
            return ""
        if isinstance(value, list):
            return ",".join(text_of(one) for one in value)
        if isinstance(value, dict):
            raise template_error(f"Fn::Sub: {name} is no text")
        return text_of(value)

    def _length(self, given: Any) -> int:
        self._require_extensions("Fn::Length")
        value = self.value(given)
        if not isinstance(value, list):
            raise template_error("Fn::Length requires a list")
        return len(value)

    def _to_json(self, given: Any) -> str:
        self._require_extensions("Fn::ToJsonString")
        return plain.to_json(self.value(given))

    def _require_extensions(self, function: str) -> None:
        if not self._extended:
            raise template_error(
                f"{function} requires the transform {LANGUAGE_EXTENSIONS} in the template"
            )
