"""Benchmarks of the toolkit against its peers; README.md says how to run and read them."""
