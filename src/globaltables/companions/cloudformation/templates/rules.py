"""Rules: assertions about the parameters of a template."""

from typing import Any

from globaltables.companions.cloudformation.refusals import format_error, template_error
from globaltables.companions.cloudformation.templates.document import Template
from globaltables.companions.cloudformation.templates.functions import Evaluator
from globaltables.companions.cloudformation.templates.plain_functions import truth


def check_rules(template: Template, evaluator: Evaluator) -> None:
    """Check the parameters against the template's rules.

    Raises:
        ApiError: ValidationError; an assertion does not hold.
    """
    rules: dict[str, Any] = template.rules
    for name, rule in rules.items():
        if not isinstance(rule, dict) or not isinstance(rule.get("Assertions"), list):
            raise format_error(f"Rule {name} must have a list of Assertions")
        condition = rule.get("RuleCondition", True)
        if not truth(evaluator.value(condition)):
            continue
        for assertion in rule["Assertions"]:
            if not isinstance(assertion, dict) or "Assert" not in assertion:
                raise format_error(f"Rule {name} has an assertion without Assert")
            if not truth(evaluator.value(assertion["Assert"])):
                text = assertion.get("AssertDescription", f"Rule {name} is not satisfied")
                raise template_error(f"Rule {name} failed: {text}")
