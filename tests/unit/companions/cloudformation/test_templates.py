"""Templates: what is read, what is refused, what functions give."""

from typing import Any

import pytest

from globaltables.companions.cloudformation.templates.document import (
    LANGUAGE_EXTENSIONS,
    Template,
    check_template,
    read_template,
)
from globaltables.companions.cloudformation.templates.functions import Evaluator, Scope
from globaltables.companions.cloudformation.templates.loops import expand_loops
from globaltables.companions.cloudformation.templates.references import (
    check_references,
    dependencies,
)
from globaltables.companions.cloudformation.templates.rules import check_rules
from globaltables.foundation.errors import ApiError

_QUEUE = {"Type": "AWS::SQS::Queue"}


class _Named:
    """Resources and exports that are their names."""

    def reference(self, logical_id: str) -> Any:
        """Return the name."""
        return f"ref-{logical_id}"

    def attribute(self, logical_id: str, name: str) -> Any:
        """Return both names."""
        return f"{logical_id}.{name}"

    def imported(self, name: str) -> Any:
        """Return the name."""
        return f"import-{name}"


def _evaluator(parameters: dict[str, Any] | None = None, **sections: Any) -> Evaluator:
    scope = Scope(
        region="eu-west-1",
        account="111122223333",
        stack_name="orders",
        stack_id="arn:stack",
        parameters=parameters or {},
    )
    return Evaluator(Template({"Resources": {"Q": _QUEUE}, **sections}), scope, _Named())


def _refused(text: str) -> str:
    with pytest.raises(ApiError) as refusal:
        check_template(read_template(text))
    assert "ValidationError" == refusal.value.code
    return str(refusal.value.message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: !!python/object/apply:os.system [ls]", "Unsupported tag"),
        ("a: !<tag:yaml.org,2002:python/name:os.system> x", "Unsupported tag"),
        ("a: &x [1]\nb: *x", "YAML aliases are not allowed"),
        ("a: 1\na: 2", "Duplicate key a (line 2, column 1)"),
        ("a: {<<: {b: 1}}", "YAML hash merges are not allowed"),
        ("a: !Unknown 1", "Unsupported tag !Unknown (line 1, column 4)"),
        ("a: [", "YAML not well-formed."),
        ('{"a": ', "JSON not well-formed. (line 1, column 7)"),
        ("- a", "unsupported structure."),
        ("Resources: {}", "At least one Resources member must be defined."),
        ("Foo: 1\nResources: {}", "Invalid template property or properties [Foo]"),
        ("Resources: {A: {Type: X, Propertys: {}}}", "Invalid template resource property"),
        ("Resources: {A-1: {Type: X}}", "Resource name A-1 is non alphanumeric."),
        ("Resources: {A: {}}", "[/Resources/A] Every Resources object must contain a Type member."),
        ("Resources: {A: 1}", "Any Resources member must be an object."),
        ("A: " + "[" * 100 + "]" * 100, "nested too deep"),
        ("A: " + "x" * 60_000, "less than or equal to 51200"),
    ],
)
def test_text_that_is_no_template_is_refused(text: str, expected: str) -> None:
    """Nothing in a template is run, aliased or merged; what is wrong is said with its place."""
    assert expected in _refused(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2012-10-17", "2012-10-17"),
        ("'5'", "5"),
        ("5", 5),
        ("007", "007"),
        ("1.5", 1.5),
        ("yes", True),
        ("22:22", "22:22"),
        ("!Ref A", {"Ref": "A"}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!Sub 'x'", {"Fn::Sub": "x"}),
        ("!If [C, !Ref A, 2]", {"Fn::If": ["C", {"Ref": "A"}, 2]}),
        ("!Condition C", {"Condition": "C"}),
        ("!Base64 x", {"Fn::Base64": "x"}),
    ],
)
def test_yaml_scalars_and_short_forms_are_read_as_cloudformation_does(
    text: str, expected: Any
) -> None:
    """Dates stay texts, numbers with leading zeros too; short forms are functions."""
    assert expected == read_template(f"A: {text}")["A"]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "P"}, "given"),
        ({"Ref": "Q"}, "ref-Q"),
        ({"Fn::GetAtt": ["Q", "Arn"]}, "Q.Arn"),
        ({"Fn::GetAtt": "Q.Arn"}, "Q.Arn"),
        ({"Fn::Sub": "${P}/${Q.Arn}/${!P}/${AWS::StackName}"}, "given/Q.Arn/${P}/orders"),
        ({"Fn::Sub": ["${A}-${P}", {"A": {"Ref": "Q"}}]}, "ref-Q-given"),
        ({"Fn::Join": [",", ["a", {"Ref": "P"}]]}, "a,given"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Split": ["-", "a-b"]}, ["a", "b"]),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"A": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "B": 1}, {"B": 1}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "found"),
        ({"Fn::FindInMap": ["M", "x", "b", {"DefaultValue": "else"}]}, "else"),
        ({"Fn::Base64": "abc"}, "YWJj"),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::ImportValue": "x"}, "import-x"),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Length": {"Ref": "L"}}, 2),
        ({"Fn::ToJsonString": {"a": {"Ref": "P"}}}, '{"a":"given"}'),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
)
def test_functions_give_what_they_give_on_aws(node: Any, expected: Any) -> None:
    """Every function, with pseudo parameters, parameters, resources, mappings and conditions."""
    evaluator = _evaluator(
        {"P": "given", "L": ["a", "b"]},
        Transform=LANGUAGE_EXTENSIONS,
        Mappings={"M": {"a": {"b": "found"}}},
        Conditions={
            "Yes": {"Fn::Equals": [{"Ref": "P"}, "given"]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
        },
    )

    assert expected == evaluator.value(node)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"Fn::And": [{"Fn::Equals": [1, "1"]}, {"Fn::Equals": ["a", "a"]}]}, True),
        ({"Fn::Or": [{"Fn::Equals": [1, 2]}, {"Fn::Equals": [True, "true"]}]}, True),
        ({"Fn::Equals": [["a"], ["a"]]}, True),
        ({"Fn::Not": [{"Fn::Equals": ["a", "a"]}]}, False),
    ],
)
def test_conditions_compare_scalars_as_texts(condition: Any, expected: bool) -> None:  # noqa: FBT001
    """A number equals its text, true equals "true"."""
    assert expected == _evaluator(Conditions={"C": condition}).holds("C")


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({"Fn::Select": [5, ["a"]]}, "cannot select nonexistent value at index 5"),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "Unable to get mapping for M::a::b"),
        ({"Fn::If": ["Gone", 1, 2]}, "Unresolved condition dependency Gone"),
        ({"Fn::Nothing": 1}, "is not a supported function"),
        ({"Fn::Length": [1]}, "requires the transform"),
    ],
)
def test_functions_that_cannot_be_evaluated_are_refused(node: Any, text: str) -> None:
    """The refusal says what is wrong."""
    with pytest.raises(ApiError) as refusal:
        _evaluator().value(node)

    assert text in str(refusal.value.message)


def test_conditions_that_depend_on_themselves_are_refused() -> None:
    """They would never be decided."""
    evaluator = _evaluator(
        Conditions={"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}}
    )

    with pytest.raises(ApiError, match="Circular dependency between conditions"):
        evaluator.holds("A")


@pytest.mark.parametrize(
    ("resources", "text"),
    [
        (
            {"A": {"Type": "T", "Properties": {"x": {"Ref": "Gone"}}}},
            "Template format error: Unresolved resource dependencies [Gone] in the Resources block "
            "of the template",
        ),
        (
            {"A": {"Type": "T", "Properties": {"x": {"Fn::GetAtt": ["Gone", "Arn"]}}}},
            "Template error: instance of Fn::GetAtt references undefined resource Gone",
        ),
        (
            {"A": {"Type": "T", "DependsOn": "Gone"}},
            "Template format error: Unresolved resource dependencies [Gone] in the Resources block "
            "of the template",
        ),
        (
            {"A": {"Type": "T", "Properties": {"x": {"Fn::Sub": "${Gone}"}}}},
            "Template format error: Unresolved resource dependencies [Gone] in the Resources block "
            "of the template",
        ),
        ({"A": {"Type": "T", "DependsOn": "A"}}, "Circular dependency between resources: [A]"),
    ],
)
def test_references_to_nothing_are_refused(resources: Any, text: str) -> None:
    """By Ref, Fn::GetAtt, Fn::Sub or DependsOn; with AWS's texts."""
    with pytest.raises(ApiError) as refusal:
        check_references(Template({"Resources": resources}))

    assert text == refusal.value.message


def test_resources_that_wait_for_each_other_are_refused() -> None:
    """Only those of the circle are named, not what waits for it or what it waits for."""
    resources: dict[str, dict[str, Any]] = {
        "A": {"Properties": {"x": {"Ref": "B"}}},
        "B": {"Properties": {"x": {"Fn::Sub": "${C.Arn}"}}},
        "C": {"DependsOn": ["A", "First"]},
        "First": {},
        "Last": {"DependsOn": "A"},
    }

    with pytest.raises(ApiError) as refusal:
        dependencies(resources)

    assert "Circular dependency between resources: [A, B, C]" == refusal.value.message


def test_loops_write_their_body_once_for_every_value() -> None:
    """Names, texts and references to the loop's variable are replaced; loops stand in loops."""
    document = {
        "Resources": {
            "Fn::ForEach::Tables": [
                "Name",
                ["users", "or-ders"],
                {
                    "Table&{Name}": {
                        "Type": "AWS::DynamoDB::Table",
                        "Properties": {
                            "TableName": {"Fn::Sub": "${Name}-x"},
                            "Fn::ForEach::Members": ["M", ["A"], {"Is${M}": {"Ref": "Name"}}],
                        },
                    }
                },
            ]
        }
    }

    made = expand_loops(document, lambda value: value)

    assert ["Tableusers", "Tableorders"] == list(made["Resources"])
    assert {"TableName": {"Fn::Sub": "or-ders-x"}, "IsA": "or-ders"} == (
        made["Resources"]["Tableorders"]["Properties"]
    )


def test_rules_that_do_not_hold_are_told_with_their_text() -> None:
    """A rule whose condition is false asks for nothing."""
    assertion = {
        "Assert": {"Fn::Contains": [["a", "b"], {"Ref": "P"}]},
        "AssertDescription": "P is a or b",
    }
    rules: dict[str, Any] = {"R": {"Assertions": [assertion]}}
    template = Template({"Resources": {"Q": _QUEUE}, "Rules": rules})
    rules["Off"] = {"RuleCondition": {"Fn::Equals": ["a", "b"]}, "Assertions": [{"Assert": False}]}

    check_rules(template, _evaluator({"P": "a"}, Rules=rules))
    with pytest.raises(ApiError, match="P is a or b"):
        check_rules(template, _evaluator({"P": "c"}, Rules=rules))
