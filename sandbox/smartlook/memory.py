"""What Smartlook remembers although the world has moved on: earlier identifications, and events once recorded."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.world.model import Event, Person, Visit
from sandbox.world.world import World


@dataclass(frozen=True)
class Identity:
    """What the site told Smartlook about a person, until `until` (None: to this day)."""

    uid: str | None
    properties: Any
    until: datetime | None = None


@dataclass
class Memory:
    """The world has only the present; a recorder keeps what it saw. `note` must follow each step of the world."""

    present: dict[str, Identity] = field(default_factory=dict)
    past: dict[str, list[Identity]] = field(default_factory=dict)
    recorded: dict[str, list[Event]] = field(default_factory=dict)

    def note(self, world: World) -> None:
        """Look at all people and visits again; a change of identification counts from now on."""
        for person in world.people.values():
            identity = Identity(person.uid, person.properties)
            before = self.present.setdefault(person.key, identity)
            if before != identity:
                self.past.setdefault(person.key, []).append(Identity(before.uid, before.properties, world.now))
                self.present[person.key] = identity
        for visit in world.visits.values():
            if visit.smartlook_id:
                recorded = self.recorded.setdefault(visit.key, [])
                seen = {id(event) for event in recorded}
                recorded += [event for event in visit.events if id(event) not in seen]

    def identity(self, person: Person, moment: datetime) -> Identity:
        """The identification that a person had at a moment."""
        for identity in self.past.get(person.key, ()):
            if identity.until is not None and moment < identity.until:
                return identity
        return Identity(person.uid, person.properties)

    def events(self, visit: Visit) -> list[Event]:
        """The events of a visit as they became known; what Snitcher loses later, a recording keeps."""
        return self.recorded.get(visit.key, visit.events)
