"""From parsed to resolved expressions: placeholders, reserved words, path overlaps, checks that wait for the values.

AWS checks names and values of a condition together, in the order of the text. Names are known when an expression is
compiled, values only when it is used, so the checks of an expression are kept as an ordered list (`Checks`).
"""

from collections.abc import Callable, Iterable, Mapping

from globaltables.expressions.reserved_words import is_reserved
from globaltables.expressions.tree import Operand, Path, Steps, Value
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import (
    EXPRESSION_BYTES_MAX,
    EXPRESSION_LIST_INDEX_MAX,
    NESTING_LEVELS_MAX,
)
from globaltables.items.values import AttributeValue, text_size

Names = Mapping[str, str]
Values = Mapping[str, AttributeValue]
#: Returns AWS's reason for a refusal, or None.
Check = Callable[[Values], str | None]


def refusal(kind: str, reason: str) -> ApiError:
    """Return the ValidationException for an expression of that kind, e.g. "UpdateExpression"; PartiQL's has none."""
    return validation(f"Invalid {kind}: {reason}" if kind else reason)


def check_text(kind: str, text: str) -> None:
    """Refuse an empty or too long expression."""
    size = text_size(text)
    if size > EXPRESSION_BYTES_MAX:
        raise refusal(
            kind,
            f"Expression size has exceeded the maximum allowed size; expression size: {size}",
        )
    if not text.strip(" \t\r\n"):
        raise refusal(kind, "The expression can not be empty;")


def check_words(kind: str, paths: Iterable[Path]) -> None:
    """Refuse paths too deep, reserved words and list indexes out of range in parsed paths."""
    for path in paths:
        if len(path.steps) > NESTING_LEVELS_MAX:
            raise refusal(
                kind,
                f"The document path has too many nesting levels; nesting levels: {len(path.steps)}",
            )
        for step in path.steps:
            if isinstance(step, int):
                if step > EXPRESSION_LIST_INDEX_MAX:
                    raise refusal(
                        kind, f"List index is not within the allowable range; index: [{step}]"
                    )
            elif is_reserved(step):
                raise refusal(
                    kind, f"Attribute name is a reserved keyword; reserved keyword: {step}"
                )


class Checks:
    """The checks of one compiled expression against the values of a request, in AWS's order.

    Attributes:
        values_used: every :placeholder of the expression.
        typed: the checks that remain when all of those have a value.
    """

    __slots__ = ("_kind", "_ordered", "typed", "values_used")

    def __init__(
        self,
        kind: str,
        values_used: frozenset[str],
        ordered: tuple[Check, ...],
        typed: tuple[Check, ...],
    ) -> None:
        self._kind = kind
        self._ordered = ordered
        self.typed = typed
        self.values_used = values_used

    def run(self, values: Values) -> None:
        """Raise the first refusal.

        Raises:
            ApiError: ValidationException with AWS's text.
        """
        for check in self.typed if self.values_used <= values.keys() else self._ordered:
            reason = check(values)
            if reason is not None:
                raise refusal(self._kind, reason)


class CheckList:
    """Builds `Checks`; a refusal that no value can change is raised as soon as nothing else comes before it.

    Attributes:
        refuses: whether the list refuses whatever the values are, so that there is nothing to compile.
    """

    def __init__(self, kind: str) -> None:
        self.refuses = False
        self._kind = kind
        self._ordered: list[Check] = []
        self._typed: list[Check] = []

    def refuse(self, reason: str) -> None:
        """Add a refusal that holds whatever the values are.

        Raises:
            ApiError: the refusal, when it is the first entry.
        """
        if not self._ordered:
            raise refusal(self._kind, reason)
        self.add(lambda _: reason)
        self.refuses = True

    def add(self, check: Check) -> None:
        """Add a check of values that are defined."""
        if not self.refuses:
            self._ordered.append(check)
            self._typed.append(check)

    def defined(self, name: str) -> None:
        """Add the check that a :placeholder has a value."""
        reason = (
            "An expression attribute value used in expression is not defined; "
            f"attribute value: {name}"
        )
        if not self.refuses:
            self._ordered.append(lambda values: None if name in values else reason)

    def build(self, values_used: Iterable[str]) -> Checks:
        """Return the finished list."""
        return Checks(self._kind, frozenset(values_used), tuple(self._ordered), tuple(self._typed))


class Scope:
    """Resolves the placeholders of one expression and remembers what it refers to.

    Attributes:
        names_used: the #placeholders met.
        values_used: the :placeholders met.
        roots: the top-level attributes met.
        nested: those of them that a path goes into.
        in_counts_left: how many of IN's operands stand before it, as far as its limit counts them.
    """

    in_counts_left = 1

    def __init__(self, names: Names) -> None:
        self._names = names
        self.names_used: set[str] = set()
        self.values_used: set[str] = set()
        self.roots: set[str] = set()
        self.nested: set[str] = set()

    def undefined_name(self, path: Path) -> str | None:
        """Return AWS's reason when a #placeholder of the path is not defined."""
        for step in path.steps:
            if isinstance(step, str) and step[0] == "#" and step not in self._names:
                return (
                    "An expression attribute name used in the document path is not defined; "
                    f"attribute name: {step}"
                )
        return None

    def path(self, path: Path) -> Path:
        """Return the path with attribute names in place of #placeholders; undefined ones stay as they are."""
        steps: list[str | int] = []
        for step in path.steps:
            if isinstance(step, str) and step[0] == "#":
                self.names_used.add(step)
                steps.append(self._names.get(step, step))
            else:
                steps.append(step)
        root = str(steps[0])
        self.roots.add(root)
        if len(steps) > 1:
            self.nested.add(root)
        return Path(tuple(steps))

    def value(self, value: Value) -> Value:
        """Remember the value and return it."""
        self.values_used.add(value.name)
        return value


def same_path(left: Operand, right: Operand) -> bool:
    """Tell whether two resolved operands are one path."""
    return isinstance(left, Path) and left == right


def shown(steps: Steps) -> str:
    """Return a path as AWS writes it in errors: [a, [1], b]."""
    return "[" + ", ".join(f"[{s}]" if isinstance(s, int) else s for s in steps) + "]"


class _PathNode:
    __slots__ = ("children", "complete", "first")

    def __init__(self, first: Steps) -> None:
        self.first = first  # the first path that came through here
        self.complete = False
        self.children: dict[str | int, _PathNode] = {}


def overlap_reason(paths: Iterable[Path]) -> str | None:
    """Return AWS's reason when one resolved path contains another, or when two see one attribute as list and as map."""
    conflict: str | None = None
    root = _PathNode(())
    for path in paths:
        steps = path.steps
        node = root
        for step in steps:
            sibling = next(iter(node.children), None)
            if sibling is not None and type(sibling) is not type(step) and conflict is None:
                conflict = _clash("conflict", node.children[sibling].first, steps)
            child = node.children.get(step)
            if child is None:
                child = node.children[step] = _PathNode(steps)
            elif child.complete:
                return _clash("overlap", child.first, steps)
            node = child
        if node.children:
            return _clash("overlap", node.first, steps)
        node.complete = True
    return conflict


def _clash(how: str, one: Steps, two: Steps) -> str:
    return (
        f"Two document paths {how} with each other; must remove or rewrite one of these paths; "
        f"path one: {shown(one)}, path two: {shown(two)}"
    )
