"""Five vendors on 127.0.0.1, made from what is known of their APIs, over one seeded world."""

from sandbox.sandbox import Sandbox
from sandbox.world.dirt import Dirt
from sandbox.world.world import World

__all__ = ["Dirt", "Sandbox", "World"]
