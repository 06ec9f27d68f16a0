"""Fn::ForEach: parts of a template that are written once for every value of a list (AWS::LanguageExtensions)."""

from collections.abc import Callable
from typing import Any

from globaltables.companions.cloudformation.refusals import template_error
from globaltables.companions.cloudformation.templates.parameters import text_of
from globaltables.foundation.limits import CLOUDFORMATION_LOOP_ITEMS_MAX

_PREFIX = "Fn::ForEach::"


def expand_loops(document: dict[str, Any], evaluate: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a template without loops.

    Args:
        document: the template.
        evaluate: gives the list of a loop, which may refer to parameters and mappings.

    Raises:
        ApiError: ValidationError; a loop is malformed or makes the same name twice.
    """
    expanded: dict[str, Any] = _Expansion(evaluate).of(document, {})
    return expanded


class _Expansion:
    def __init__(self, evaluate: Callable[[Any], Any]) -> None:
        self._evaluate = evaluate
        self._made = 0

    def of(self, node: Any, names: dict[str, str]) -> Any:
        """Return a part of a template with the variables of the loops around it replaced."""
        if isinstance(node, list):
            return [self.of(inner, names) for inner in node]
        if isinstance(node, str):
            return _replaced(node, names)
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and node.get("Ref") in names:
            return names[node["Ref"]]
        made: dict[str, Any] = {}
        for key, inner in node.items():
            if key.startswith(_PREFIX):
                parts = self._loop(key, inner, names)
            else:
                parts = {_replaced(key, names): self.of(inner, names)}
            for name, part in parts.items():
                if name in made:
                    raise template_error(f"Fn::ForEach makes {name} more than once")
                made[name] = part
        return made

    def _loop(self, key: str, given: Any, names: dict[str, str]) -> dict[str, Any]:
        if not isinstance(given, list) or len(given) != 3 or not isinstance(given[2], dict):
            raise template_error(f"{key} layout is incorrect")
        variable, collection, body = given
        if not isinstance(variable, str) or variable in names:
            raise template_error(f"{key} needs a name of its own")
        values = self._values(key, collection, names)
        made: dict[str, Any] = {}
        for value in values:
            self._made += 1
            if self._made > CLOUDFORMATION_LOOP_ITEMS_MAX:
                raise template_error("Fn::ForEach makes too many parts")
            for name, part in self.of(body, {**names, variable: value}).items():
                if name in made:
                    raise template_error(f"Fn::ForEach makes {name} more than once")
                made[name] = part
        return made

    def _values(self, key: str, collection: Any, names: dict[str, str]) -> list[str]:
        values: list[str] = []
        found = self._evaluate(self.of(collection, names))
        for value in found if isinstance(found, list) else [found]:
            values.extend(text_of(one) for one in (value if isinstance(value, list) else [value]))
        if not isinstance(found, list):
            raise template_error(f"{key} needs a list")
        return values


def _replaced(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        if name in text:
            text = text.replace("${" + name + "}", value)
            plain = "".join(letter for letter in value if letter.isalnum())
            text = text.replace("&{" + name + "}", plain)
    return text
