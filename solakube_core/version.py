"""The version of SolaKube, and the only place where it stands.

Its distributions are released together. Those of the plugins have a link to this file, which a build follows.
"""

__version__ = "0.1.0"
