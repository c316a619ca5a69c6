"""One cheap read per credential, written nowhere."""

from collections.abc import Mapping

from pipelines.settings import Settings
from pipelines.vendors import READABLE
from sources import snapcrm
from sources.errors import SourceError
from sources.http.budget import Budget, Limit, Stop
from sources.vendor import Vendor

Result = dict[str, str | bool]

# all vendors, by the order of the settings; the last one has nothing that could be read
CHECKED: Mapping[str, Vendor] = {**READABLE, snapcrm.VENDOR.name: snapcrm.VENDOR}
NOT_PROVED = (
    "a key is set, but not proved: SnapCRM has no read. With --probe an empty lead is sent, which it must refuse."
)


def check_vendor(settings: Settings, name: str, *, probe: bool = False) -> Result:
    """Whether the vendor can be reached with the credential: `vendor`, `ok`, `sentence`.

    A vendor without any read is only asked with `probe`, by a write that it must refuse.
    """
    vendor = CHECKED[name]
    if not vendor.resources and not probe:
        return {"vendor": name, "ok": True, "sentence": NOT_PROVED}
    assert vendor.connect is not None
    assert vendor.probe is not None

    def budget(limit: Limit, credential: str) -> Budget:
        return Budget(limit, name)

    try:
        sentence = vendor.probe(vendor.connect(settings.values, budget, Stop()))
    except SourceError as error:
        return {"vendor": name, "ok": False, "sentence": str(error)}
    return {"vendor": name, "ok": True, "sentence": f"{settings.values[f'{name.upper()}_URL']} answers, {sentence}"}
