"""How many bits is a trained network? Many codes of one module, side by side, each checked.

Example:
    >>> import torch
    >>> from neural import describe
    >>> _ = torch.manual_seed(0)
    >>> found = describe(torch.nn.Linear(64, 10), codes=["float32", "exact"], verify=False)
    >>> [report.total_bits for report in found.reports][0]
    20800.0
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import fill
from typing import Any

import torch
from torch import nn

from complexity.code import Kind
from complexity.code import codes as registered
from complexity.errors import integer, one_of, unknown
from complexity.files import save_json
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from mdl.description import plain
from mdl.devices import usable
from mdl.report import Report
from neural.describing.codes import CODES
from neural.describing.layers import Layers, layers_of
from neural.describing.stand_in import plain_attention
from neural.describing.subject import Encoded, NotApplicableError, Subject
from neural.describing.table import rows_table
from neural.describing.verifying import Verification, verified

__all__ = ["NetworkDescription", "describe"]

_WIDTH = 98
"""Of notes below the table."""


@dataclass(frozen=True)
class NetworkDescription:
    """What every code says of one network.

    Attributes:
        name: the class of the module.
        parameters: number of weights, tied ones once.
        reports: one for each code that applies, then the labels' null codes. In `details` stand
            what the code describes ("given", "rounded", "trained on" or "fresh" weights), where it
            was verified, and accuracy and changes of predictions.
        checks: by code, where its file was decoded to what it stands for.
        left_out: code -> why it does not apply, of those that were asked for.
        layers: where the bits of "exact" and "quantised" sit.
        files: by code, the file of weights (or of labels).
        provenance: seed, device, options, versions, commit.
    """

    name: str
    parameters: int
    reports: tuple[Report, ...]
    checks: Mapping[str, Verification]
    left_out: Mapping[str, str]
    layers: Layers
    files: Mapping[str, bytes] = field(repr=False, default_factory=dict)
    provenance: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def __getitem__(self, code: str) -> Report:
        """The report of a code.

        Raises:
            ValueError: there is none; names the nearest.
        """
        names = [report.name for report in self.reports]
        return self.reports[names.index(one_of("code", code, names))]

    @property
    def labels(self) -> int:
        """Number of labels, 0 without data."""
        return max((report.labels for report in self.reports), default=0)

    @property
    def verified(self) -> tuple[str, ...]:
        """The codes whose files a fresh process decoded to what they stand for."""
        return tuple(name for name, check in self.checks.items() if check.where == "fresh")

    @property
    def best(self) -> Report:
        """The shortest in total, null codes among them."""
        return min(self.reports, key=lambda report: report.total_bits)

    def __repr__(self) -> str:
        head = f"{self.name}: {self.parameters:,} weights"
        if self.labels:
            head += f", {self.labels:,} labels"
        checks = [self.checks.get(report.name) for report in self.reports]
        lines = [head, *rows_table(self.reports, checks, labelled=bool(self.labels))]
        wrapped = (fill(note, _WIDTH, subsequent_indent="  ") for note in self.notes)
        return "\n".join([*lines, *wrapped])

    @property
    def notes(self) -> tuple[str, ...]:
        """What the table cannot say, a line each."""
        return tuple(_notes(self))

    def to_dict(self) -> dict[str, Any]:
        """Everything but the files, as JSON values."""
        return {
            "name": self.name,
            "parameters": self.parameters,
            "labels": self.labels,
            "reports": [report.to_dict() for report in self.reports],
            "checks": {name: vars(check).copy() for name, check in self.checks.items()},
            "left_out": dict(self.left_out),
            "layers": self.layers.to_dict(),
            "notes": list(self.notes),
            "provenance": plain(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bits by code, and by layer and kind for the shortest codec of weights.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        from neural.describing.figure import drawn

        return drawn(self, path)


def describe(
    module: nn.Module,
    data: tuple[Any, Any] | None = None,
    codes: str | Iterable[str] | None = None,
    *,
    make: Callable[[], nn.Module] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    name: str | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    progress: bool = True,
    verify: bool = True,
) -> NetworkDescription:
    """How many bits a trained network takes, by every code that applies, decoded to be sure.

    Sender and receiver both know the architecture (what a module has beside its state dict counts
    as that), and the inputs where there are any. Without data the weights alone are described.
    With data every row is weights and labels, beside the labels' null codes; a description longer
    than those explains nothing, and its row says so.

    Args:
        module: trained; it comes back as it was. Weights tied are counted once, buffers of the
            state dict are part of every file.
        data: inputs (n, ...), a tensor or array, and labels (n,), integers 0 to K - 1; the module's
            outputs are then logits (n, K). A network of sequences with an output (n, T, K) is
            wrapped so that each label is a row.
        codes: a name, several, "all", or None for those that do not train: "float32" (or "raw",
            where the module has other dtypes), "bfloat16", "zstd", "xz", "brotli", "exact",
            "quantised" and, with data, "two-part". Those that train, with data: "variational" and
            "relative-entropy" from the weights given, "bits-back", "subspace" and "prequential"
            from fresh ones.
        make: gives a network with fresh weights, drawn from torch's global stream; None for
            `reset_parameters` of all layers.
        options: by code, of the function behind it: {"quantised": {"tolerance": 0.1},
            "two-part": {"evaluations": 1000}, "variational": {"epochs": 200}}.
        name: in the table; None for the module's class.
        seed: of searches and training.
        device: where those run; predictions that code labels are the processor's.
        progress: whether to show a bar on a terminal.
        verify: whether to decode every file in a fresh process, which takes some seconds.

    Raises:
        TypeError: no module; complex, quantised or sparse tensors; data that are no such pair;
            codes, options or make that are none.
        ValueError: weights that are NaN or infinite, or none; logits or labels that are not as
            above; an unknown device or code, or one asked for by name that does not apply.
    """
    chosen, asked = _chosen(codes)
    settings = _settings(options, chosen)
    integer("seed", seed, 0, (1 << 63) - 1)
    usable(device)
    if make is not None and not callable(make):
        raise TypeError(f"make: got {type(make).__name__}, accepted is a function, or None")
    with plain_attention():
        subject = Subject.of(module, data, make, seed=seed, device=str(device), progress=progress)
        if not asked:
            chosen = [code for code in chosen if _applies(subject, code, cheap=codes is None)]
        made, seconds, left_out = _encoded(subject, chosen, settings, asked, progress)
        rows = {code: (settings.get(code, {}), found) for code, found in made.items()}
        checks = verified(subject, rows) if verify else {code: Verification() for code in rows}
        blobs = {code: made[code].blob or b"" for code in ("exact", "quantised") if code in made}
        layers = layers_of(subject.module, blobs)
    reports = [_report(subject, code, each, seconds[code], checks) for code, each in made.items()]
    return NetworkDescription(
        name=name or type(module).__name__,
        parameters=subject.parameters,
        reports=(*reports, *_nulls(subject)),
        checks=checks,
        left_out=left_out,
        layers=layers,
        files={code: each.blob for code, each in made.items() if each.blob is not None},
        provenance={
            "seed": seed, "device": str(device), "options": settings,
            "versions": versions("numpy", "torch"), "commit": commit(),
        },
    )  # fmt: skip


def _chosen(codes: str | Iterable[str] | None) -> tuple[list[str], bool]:
    """Names of codes, and whether each was asked for."""
    if codes is None or codes == "all":
        return list(CODES), False
    if not isinstance(codes, Iterable):
        raise TypeError(f"codes: got {codes!r}, accepted are names, 'all', or None")
    names = [codes] if isinstance(codes, str) else list(codes)
    if not names:
        raise ValueError("codes: got none, accepted are names, 'all', or None for the cheap ones")
    wanted = {one_of("codes", each, CODES) for each in names}
    return [code for code in CODES if code in wanted], True


def _applies(subject: Subject, code: str, *, cheap: bool) -> bool:
    """Whether a code that nobody asked for by name has something to say."""
    floats = [t for t in subject.module.state_dict().values() if t.is_floating_point()]
    if code == "raw" or code == "float32":
        return (code == "float32") == ({t.dtype for t in floats} == {torch.float32})
    if code == "bfloat16":
        return max((t.element_size() for t in floats), default=0) > 2
    if cheap and code == "brotli":  # an extra
        return code in registered(available=True)
    return not cheap or (
        CODES[code].cheap and (subject.labels is not None or not CODES[code].labels)
    )


def _settings(
    options: Mapping[str, Mapping[str, Any]] | None, chosen: Sequence[str]
) -> dict[str, dict[str, Any]]:
    accepted = "accepted are mappings by code, as {'quantised': {'tolerance': 0.1}}"
    if not isinstance(options, Mapping | None):
        raise TypeError(f"options: got {options!r}, {accepted}")
    for code, values in (options or {}).items():
        if code not in chosen:
            raise unknown("options", code, chosen, hint="of the codes chosen")
        if not isinstance(values, Mapping):
            raise TypeError(f"options: got {values!r} for {code!r}, {accepted}")
        known = CODES[code].options
        for name in values if known is not None else ():
            if not known:
                raise ValueError(f"options: got {name!r} for {code!r}, which has none")
            if name not in known:
                raise unknown("options", name, known, hint=f"of {code!r}")
    return {code: dict(values) for code, values in (options or {}).items()}


def _encoded(
    subject: Subject,
    chosen: Sequence[str],
    settings: Mapping[str, dict[str, Any]],
    asked: bool,
    progress: bool,
) -> tuple[dict[str, Encoded], dict[str, float], dict[str, str]]:
    """By code what it made, in how many seconds; and why others do not apply."""
    made, seconds, left_out = {}, {}, {}
    with progress_bar("codes", len(chosen), show=progress) as advance:
        for code in chosen:
            begun = time.perf_counter()
            try:
                if CODES[code].labels:
                    _ = subject.data
                found = CODES[code].encode(subject, settings.get(code, {}))
                if CODES[code].describes == "given":  # whatever its reader says
                    found = replace(found, weights=subject.weights)
                made[code] = found
            except (NotApplicableError, ImportError, ArithmeticError) as error:
                if asked:
                    raise ValueError(f"codes: {code!r} does not apply: {error}") from None
                left_out[code] = str(error)
            except (TypeError, ValueError, RuntimeError) as error:
                if asked or code in settings:  # then it may be an argument's
                    raise
                left_out[code] = str(error)
            seconds[code] = time.perf_counter() - begun
            advance()
    return made, seconds, left_out


def _report(
    subject: Subject,
    code: str,
    found: Encoded,
    seconds: float,
    checks: Mapping[str, Verification],
) -> Report:
    details = {"describes": CODES[code].describes, "verified": checks[code].where, **found.details}
    return Report(
        code, found.kind, found.model_bits, found.data_bits, found.header_bits,
        parameters=subject.parameters, seconds=seconds, details=details, **subject.nulls,
    )  # fmt: skip


def _nulls(subject: Subject) -> list[Report]:
    """The labels' null codes as rows."""
    if not subject.nulls:
        return []
    names = {"labels: uniform": "uniform_bits", "labels: NML": "nml_bits"}
    return [
        Report(name, Kind.IDEAL, 0.0, subject.nulls[key], **subject.nulls)
        for name, key in names.items()
    ]


def _notes(found: NetworkDescription) -> list[str]:
    lines = []
    for report in found.reports:
        said = []
        if "relative_error" in report.details:
            said.append(f"weights off by {report.details['relative_error']:.2g} of their norm")
        if report.details.get("changed_predictions"):
            said.append(
                f"{report.details['changed_predictions']:,} of {found.labels:,} predictions changed"
            )
        if report.details.get("describes") in ("trained on", "fresh"):
            what = {"trained on": "trained on from those given", "fresh": "trained from fresh ones"}
            said.append(f"not the weights given but others, {what[report.details['describes']]}")
        if "payload_bits" in report.details:
            said.append(f"beside {report.details['payload_bits']:,} bits of payload, handed back")
        if "accuracy" in report.details and said:
            said.append(f"accuracy {report.details['accuracy']:.4f}")
        if said:
            lines.append(f"{report.name}: {'; '.join(said)}")
    for name, check in found.checks.items():
        if check.where in ("here", "no"):
            what = {"here": "decoded in this process only", "no": "NOT decoded"}[check.where]
            lines.append(f"{name}: {what}: {check.why}"[:300])
    longer = [r.name for r in found.reports if r.labels and r.parameters and not r.compresses]
    if longer:
        lines.append(f"longer than the labels alone: {', '.join(longer)}")
    lines += [f"{name}: left out: {why}" for name, why in found.left_out.items()]
    return lines
