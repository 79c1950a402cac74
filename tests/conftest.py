"""Settings of the whole suite."""

import os

from hypothesis import settings

# first calls compile; and where a run must not depend on luck, it does not
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
