"""With which settings a result was made, those of all arms and those that tell them apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from complexodynamics.report.html import table

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from neural.engine.result import PaperResult

__all__ = ["settings"]


def settings(result: PaperResult) -> Element | None:
    """A table of every setting's values and the arms that have each; None for a result of none."""
    by_arm: Mapping[str, Mapping[str, Any]] = result.provenance.get("settings", {})
    names = dict.fromkeys(name for values in by_arm.values() for name in values)
    rows = []
    for name in names:
        arms: dict[str, list[str]] = {}
        for arm, values in by_arm.items():
            if name in values:
                arms.setdefault(json.dumps(values[name], ensure_ascii=False), []).append(arm)
        for value, those in arms.items():
            rows.append([name, value, "all" if len(those) == len(by_arm) else ", ".join(those)])
    if not rows:
        return None
    return table(
        ("setting", "value", "arms"), {"": rows}, label=f"Settings of {result.key}", words=(0, 1, 2)
    )
