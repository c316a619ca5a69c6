"""One cheap read per credential, written nowhere."""

from pipelines.settings import Settings
from pipelines.vendors import BY_NAME
from sources.errors import LeadpathError
from sources.http.budget import Budget, Stop
from sources.limit import Limit

Result = dict[str, str | bool]

# seconds: who checks sits and waits
PATIENCE = 60.0

NOT_PROVED = (
    "a key is set, but not proved: SnapCRM has no read. With --probe an empty lead is sent, which it must refuse."
)


def check_vendor(settings: Settings, name: str, *, probe: bool = False) -> Result:
    """Whether the vendor can be reached with the credential: `vendor`, `ok`, `sentence`.

    A vendor without any read is only asked with `probe`, by a write that it must refuse.
    """
    vendor = BY_NAME[name]
    if not vendor.resources and not probe:
        return {"vendor": name, "ok": True, "sentence": NOT_PROVED}
    own = settings.vendors[name]

    def budget(limit: Limit, credential: str) -> Budget:
        return Budget(limit, name)

    try:
        sentence = vendor.probe(vendor.connected(own, budget, Stop(PATIENCE, grace=0)))
    except LeadpathError as error:
        return {"vendor": name, "ok": False, "sentence": str(error)}
    return {"vendor": name, "ok": True, "sentence": f"{own.url} answers, {sentence}"}
