"""The command line of the toolkit: composition of the four packages, no science of its own."""

__all__ = ["__version__"]

__version__ = "0.1.0"
