"""Which region names a node serves."""

import re
from collections.abc import Callable
from functools import partial

_REGION_NAME = re.compile(r"[a-z]{2}(-[a-z]{1,16}){1,3}-\d{1,2}")


def served_regions(regions: tuple[str, ...]) -> Callable[[str], str]:
    """Return a check that says, in AWS's words, what is wrong with a region's name; empty when it is served.

    Args:
        regions: the names that are served; empty serves every name of AWS's form.
    """
    return partial(_fault, regions)


def _fault(regions: tuple[str, ...], name: str) -> str:
    if regions:
        if name in regions:
            return ""
        return (
            f"Credential should be scoped to a valid region, not '{name}'. "
            f"This endpoint serves: {', '.join(regions)}. "
        )
    if _REGION_NAME.fullmatch(name):
        return ""
    return f"Credential should be scoped to a valid region, not '{name}'. "
