"""How many bits are in a trained network? Architectures, tasks and papers, on top of the other
three packages. The package has no contents yet; its place in the layering is fixed and tested."""

__all__: list[str] = []
