"""The commands of `cxd`, one module each, imported when they are called."""
