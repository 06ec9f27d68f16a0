"""Updates compiled to closures: UpdateExpression, and what legacy attribute updates become.

An update reads the item as it was and never changes it. First every new value is computed, then they are written:

1. values of SET, ADD and DELETE are computed from the old item;
2. a map or list on the way of a path is copied once, when it is first written to;
3. elements of a list keep their old indexes until the end; then removed ones go and those set beyond the end are
   appended in the order of their indexes.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from globaltables.expressions.conditions import read_path
from globaltables.expressions.grammar import parse_update
from globaltables.expressions.projections import Projection
from globaltables.expressions.resolve import CheckList, Checks, Scope, Values, check_text
from globaltables.expressions.tree import (
    Action,
    AddAction,
    Arithmetic,
    Call,
    Constant,
    DeleteAction,
    Operand,
    Path,
    RemoveAction,
    SetAction,
    Steps,
    Truth,
    Value,
)
from globaltables.expressions.update_checks import check_tree, resolve_actions
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import EXPRESSION_CACHE_ENTRIES_MAX
from globaltables.items import numbers
from globaltables.items.values import AttributeValue, Item

#: Computes what a path gets from the old item: the value, or None to remove it.
Compute = Callable[[Item, Values], AttributeValue | None]
#: Combines the old value and the operand of ADD or DELETE.
Combine = Callable[[AttributeValue | None, AttributeValue], AttributeValue | None]
#: A path, what it gets, and whether the path may lead nowhere when the item does not exist.
Step = tuple[Steps, Compute, bool]

INVALID_PATH = "The document path provided in the update expression is invalid for update"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
MISSING_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"


class Update:
    """A compiled update.

    Attributes:
        names_used: the #placeholders.
        values_used: the :placeholders.
        top_level_attributes: the attributes that it refers to, read or written.
        nested_attributes: those of them that a path goes into, as in a.b or a[0].
        top_level_targets: the attributes that it writes or removes, in the order of the text.
        paths: the document paths that it writes or removes, in the order of the text.
        only_removes: whether it can add nothing: only REMOVE and DELETE.
        kinds: the new type of each top-level attribute, or the :placeholder that has it, if no item is needed to tell.
        checks: what `check` runs.
    """

    __slots__ = (
        "_projection",
        "_steps",
        "_top_level",
        "checks",
        "kinds",
        "names_used",
        "nested_attributes",
        "only_removes",
        "paths",
        "top_level_attributes",
        "top_level_targets",
        "values_used",
    )

    def __init__(
        self,
        steps: Iterable[Step],
        scope: Scope,
        checks: Checks,
        *,
        only_removes: bool,
        kinds: Mapping[str, str],
    ) -> None:
        self._steps = tuple(steps)
        self._top_level = (
            tuple((str(path[0]), compute) for path, compute, _ in self._steps)
            if all(len(path) == 1 for path, _, _ in self._steps)
            else None
        )
        self.checks = checks
        self.names_used = frozenset(scope.names_used)
        self.values_used = checks.values_used
        self.top_level_attributes = frozenset(scope.roots)
        self.nested_attributes = frozenset(scope.nested)
        self.paths = tuple(path for path, _, _ in self._steps)
        self.top_level_targets = tuple(dict.fromkeys(str(path[0]) for path in self.paths))
        self.only_removes = only_removes
        self.kinds = kinds
        self._projection = Projection(self.paths)

    def check(self, values: Values) -> None:
        """Check what depends on the values but on no item: that they are defined, overlaps, operand types.

        Raises:
            ApiError: ValidationException with AWS's text.
        """
        self.checks.run(values)

    def new_type(self, name: str, values: Values) -> str | None:
        """Return the type that a top-level attribute gets, as far as it is known without the item."""
        kind = self.kinds.get(name)
        return next(iter(values[kind])) if kind is not None and kind[0] == ":" else kind

    def apply(self, item: Item, values: Values, *, exists: bool = True) -> Item:
        """Return the updated item; parts that do not change are shared with the old one.

        Args:
            item: the item as it is, or its key attributes when it does not exist.
            values: the values of :placeholders, checked.
            exists: whether there is an item; REMOVE of a nested path is ignored when there is none.

        Raises:
            ApiError: ValidationException for a path or operand that does not fit the item.
        """
        new = item.copy()
        if self._top_level is not None:
            for name, compute in self._top_level:
                value = compute(item, values)
                if value is not None:
                    new[name] = value
                else:
                    new.pop(name, None)
            return new
        computed = [
            (path, compute(item, values), lenient) for path, compute, lenient in self._steps
        ]
        writer = _Writer(new)
        for path, value, lenient in computed:
            if exists or not lenient or len(path) == 1:
                writer.write(path, value)
        writer.finish()
        return new

    def project(self, item: Item) -> Item:
        """Return the parts of an item that the update's paths name."""
        return self._projection.project(item)


@lru_cache(EXPRESSION_CACHE_ENTRIES_MAX)
def compiled_update(text: str, names: tuple[tuple[str, str], ...]) -> Update:
    """Return the compiled UpdateExpression; `names` are the items of ExpressionAttributeNames.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    check_text("UpdateExpression", text)
    tree = parse_update(text)
    check_tree(tree)
    scope, checks = Scope(dict(names)), CheckList("UpdateExpression")
    return update_of(resolve_actions(tree.actions, scope, checks), scope, checks)


def update_of(actions: Iterable[Action], scope: Scope, checks: CheckList) -> Update:
    """Return an update made of resolved actions."""
    actions = tuple(actions)
    return Update(
        map(_step, actions),
        scope,
        checks.build(scope.values_used),
        only_removes=all(isinstance(action, RemoveAction | DeleteAction) for action in actions),
        kinds={
            str(action.path.steps[0]): kind
            for action in actions
            if len(action.path.steps) == 1 and (kind := _kind(action)) is not None
        },
    )


def _step(action: Action) -> Step:
    steps = action.path.steps
    match action:
        case SetAction(_, value):
            return steps, _sum(value) if isinstance(value, Arithmetic) else _operand(value), False
        case RemoveAction():
            return steps, remove, True
        case AddAction(_, value):
            return steps, changing(steps, add, _operand(value)), False
        case DeleteAction(_, value):
            return steps, changing(steps, subtract_set, _operand(value)), False


def _kind(action: Action) -> str | None:
    """Return the type that an action gives its path, or the placeholder that has it; None depends on the item."""
    match action:
        case SetAction(_, Value(name)) | AddAction(_, Value(name)):
            return name
        case SetAction(_, Arithmetic()):
            return "N"
        case SetAction(_, Call("list_append")):
            return "L"
        case _:
            return None


def remove(_item: Item, _values: Values) -> None:
    """Compute nothing: the path is removed."""


def changing(steps: Steps, combine: Combine, operand: Compute) -> Compute:
    """Return the closure that combines what a path holds with an operand."""
    current = read_path(steps)

    def compute(item: Item, values: Values) -> AttributeValue | None:
        value = operand(item, values)
        assert value is not None, "the operand of ADD and DELETE is a value of the request"
        return combine(current(item, values), value)

    return compute


def add(old: AttributeValue | None, operand: AttributeValue) -> AttributeValue:
    """Return the sum of two numbers or the union of two sets of one type; a missing old value is zero or empty."""
    if old is None:
        return operand
    ((kind, content),) = operand.items()
    present = old.get(kind)
    if present is None:
        raise validation(WRONG_TYPE)
    if kind == "N":
        return {"N": numbers.add(present, content)}
    # A dict keeps the order in which the members came, so that the answer does not depend on hashing.
    return {kind: list(dict.fromkeys([*present, *content]))}


def subtract_set(old: AttributeValue | None, operand: AttributeValue) -> AttributeValue | None:
    """Return a set without the members of another of its type; None when nothing is left."""
    if old is None:
        return None
    ((kind, content),) = operand.items()
    present = old.get(kind)
    if present is None:
        raise validation(WRONG_TYPE)
    gone = set(content)
    left = [member for member in present if member not in gone]
    return {kind: left} if left else None


def _operand(operand: Operand) -> Compute:
    match operand:
        case Path(steps):
            return _required(read_path(steps))
        case Value(name):
            return lambda _, values: values[name]
        case Constant(value):
            return lambda _, __: value
        case Call("if_not_exists", (Path(steps), otherwise)):
            return _if_not_exists(read_path(steps), _operand(otherwise))
        case Call("list_append", (left, right)):
            return _list_append(_operand(left), _operand(right))
        case Call() | Truth():
            # Wrong operands: `checks` refuses the update before anything is computed.
            return _unreachable


def _unreachable(_item: Item, _values: Values) -> AttributeValue | None:
    raise AssertionError("an update was applied without its checks")


def _required(read: Compute) -> Compute:
    def compute(item: Item, values: Values) -> AttributeValue:
        value = read(item, values)
        if value is None:
            raise validation(MISSING_ATTRIBUTE)
        return value

    return compute


def _if_not_exists(read: Compute, otherwise: Compute) -> Compute:
    def compute(item: Item, values: Values) -> AttributeValue | None:
        value = read(item, values)
        return otherwise(item, values) if value is None else value

    return compute


def _list_append(left: Compute, right: Compute) -> Compute:
    def compute(item: Item, values: Values) -> AttributeValue:
        first = _content(left(item, values), "L")
        return {"L": [*first, *_content(right(item, values), "L")]}

    return compute


def _sum(part: Arithmetic) -> Compute:
    left, right = _operand(part.left), _operand(part.right)
    combine = numbers.add if part.operator == "+" else numbers.subtract

    def compute(item: Item, values: Values) -> AttributeValue:
        first = _content(left(item, values), "N")
        return {"N": combine(first, _content(right(item, values), "N"))}

    return compute


def _content(value: AttributeValue | None, kind: str) -> Any:
    content = None if value is None else value.get(kind)
    if content is None:
        raise validation(WRONG_TYPE)
    return content


class _ListChanges:
    """What happens to a copied list when everything is written; indexes are those of the old list."""

    __slots__ = ("beyond", "elements", "removed")

    def __init__(self, elements: list[AttributeValue]) -> None:
        self.elements = elements
        self.removed: list[int] = []
        self.beyond: dict[int, AttributeValue] = {}

    def write(self, index: int, value: AttributeValue | None) -> None:
        if index < len(self.elements):
            if value is None:
                self.removed.append(index)
            else:
                self.elements[index] = value
        elif value is not None:
            self.beyond[index] = value

    def finish(self) -> None:
        for index in sorted(self.removed, reverse=True):
            del self.elements[index]
        self.elements.extend(self.beyond[index] for index in sorted(self.beyond))


class _Writer:
    """Writes to nested paths of a new item, copying each map and list on the way once."""

    __slots__ = ("_copies", "_item", "_lists")

    def __init__(self, item: Item) -> None:
        self._item = item
        self._copies: dict[Steps, AttributeValue] = {}
        self._lists: dict[Steps, _ListChanges] = {}

    def write(self, path: Steps, value: AttributeValue | None) -> None:
        last = path[-1]
        members = self._item
        if len(path) > 1:
            container = self._copied(path[:-1])
            if isinstance(last, int):
                self._changes(path[:-1], container).write(last, value)
                return
            if "M" not in container:
                raise _invalid_path()
            members = container["M"]
        name = str(last)
        if value is None:
            members.pop(name, None)
        else:
            members[name] = value

    def finish(self) -> None:
        for changes in self._lists.values():
            changes.finish()

    def _changes(self, path: Steps, container: AttributeValue) -> _ListChanges:
        changes = self._lists.get(path)
        if changes is None:
            elements = container.get("L")
            if elements is None:
                raise _invalid_path()
            changes = self._lists[path] = _ListChanges(elements)
        return changes

    def _copied(self, path: Steps) -> AttributeValue:
        """Return the copy of the map or list at a path, with copies all the way to it."""
        copy = self._copies.get(path)
        if copy is not None:
            return copy
        last = path[-1]
        holder: Any = self._item
        if len(path) > 1:
            holder = self._copied(path[:-1]).get("L" if isinstance(last, int) else "M")
        if holder is None or (last >= len(holder) if isinstance(last, int) else last not in holder):
            raise _invalid_path()
        ((kind, content),) = holder[last].items()
        if kind not in ("M", "L"):
            raise _invalid_path()
        copy = holder[last] = {kind: content.copy()}
        self._copies[path] = copy
        return copy


def _invalid_path() -> ApiError:
    return validation(INVALID_PATH)
