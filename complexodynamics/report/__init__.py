"""The report: all works of the reading list on one HTML page, from the results at hand."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexodynamics.report.page import html_page as html_page
    from complexodynamics.report.works import Work as Work
    from complexodynamics.report.works import gathered as gathered

_CONTENTS = {
    "Work": "works",
    "gathered": "works",
    "html_page": "page",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
