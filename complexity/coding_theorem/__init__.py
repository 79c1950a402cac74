"""The coding theorem method and the block decomposition method: estimates from small machines."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.coding_theorem.blocks import tabulate as tabulate
    from complexity.coding_theorem.decomposition import Bdm as Bdm
    from complexity.coding_theorem.decomposition import bdm as bdm
    from complexity.coding_theorem.enumeration import enumerate_machines as enumerate_machines
    from complexity.coding_theorem.table import CTMTable as CTMTable
    from complexity.coding_theorem.table import ctm_table as ctm_table

_CONTENTS = {
    # what small machines print
    "CTMTable": "table",
    "ctm_table": "table",
    "enumerate_machines": "enumeration",
    # larger objects, block by block
    "Bdm": "decomposition",
    "bdm": "decomposition",
    "tabulate": "blocks",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
