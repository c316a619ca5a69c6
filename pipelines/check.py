"""One cheap read per credential, written nowhere."""

from pipelines.settings import Settings
from pipelines.vendors import READABLE
from sources.budget import Budget, Limit, Stop
from sources.errors import SourceError

Result = dict[str, str | bool]


def check_vendor(settings: Settings, name: str) -> Result:
    """Whether the vendor can be reached with the credential: `vendor`, `ok`, `sentence`."""
    vendor = READABLE[name]
    assert vendor.connect is not None
    assert vendor.probe is not None

    def budget(limit: Limit, credential: str) -> Budget:
        return Budget(limit, name)

    try:
        sentence = vendor.probe(vendor.connect(settings.values, budget, Stop()))
    except SourceError as error:
        return {"vendor": name, "ok": False, "sentence": str(error)}
    return {"vendor": name, "ok": True, "sentence": f"{settings.values[f'{name.upper()}_URL']} answers, {sentence}"}
