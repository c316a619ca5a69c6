"""How each vendor speaks: HTTP and Arrow, no destination and no SQL.

A vendor is a package here, or in any other folder called `sources` on Python's path.
"""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
