"""Which explanation is shortest in total? Universal codes, two-part and prequential description
lengths. The package has no contents yet; its place in the layering is fixed and tested."""

__all__: list[str] = []
