"""Automata: rules that take a grid of cells from one time to the next, exactly and fast."""
