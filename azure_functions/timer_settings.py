"""The timer's settings, apart from the routes': one that is wrong stops the timer alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import shown
from landbridge.domain.takeover_timer import TICK_SECONDS, Automatic
from landbridge.domain.webhook import FORMATS, check_url

_AUTOMATIC, _SECONDS = "LANDBRIDGE_AUTOMATIC", "LANDBRIDGE_TIMER_SECONDS"
_URL, _FORMAT = "LANDBRIDGE_WEBHOOK_URL", "LANDBRIDGE_WEBHOOK_FORMAT"
_REMEDY = "set it among the Function App's application settings"
_DEFAULT_SECONDS, _LONGEST_SECONDS = 30.0, 3600.0


@dataclass(frozen=True)
class TimerSettings:
    """``webhook_url`` is a secret: a reference to a key vault gives it. Empty: there is none."""

    automatic: Automatic
    timer_seconds: float
    webhook_url: str
    webhook_format: str


def timer_settings_from(environment: Mapping[str, str]) -> TimerSettings:
    """Return the settings; raise ConfigurationError, which names the one that is wrong."""
    value = environment.get(_AUTOMATIC, "").strip() or Automatic.OFF.value
    if value not in {one.value for one in Automatic}:
        raise ConfigurationError(
            f"{_AUTOMATIC}: {shown(value)} is none of off, confirm, on", _REMEDY
        )
    automatic = Automatic(value)
    url = environment.get(_URL, "").strip()
    kind = environment.get(_FORMAT, "").strip()
    if automatic is Automatic.CONFIRM or url:
        if kind not in FORMATS:
            raise ConfigurationError(f"{_FORMAT}: one of {', '.join(sorted(FORMATS))}", _REMEDY)
        check_url(url, _URL)
    return TimerSettings(automatic, _seconds(environment), url, kind)


def _seconds(environment: Mapping[str, str]) -> float:
    value = environment.get(_SECONDS, "").strip()
    if not value:
        return _DEFAULT_SECONDS
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not TICK_SECONDS <= seconds <= _LONGEST_SECONDS:
        said = f"not between {TICK_SECONDS} and {_LONGEST_SECONDS:.0f} seconds"
        raise ConfigurationError(f"{_SECONDS}: {shown(value)} is {said}", _REMEDY)
    return seconds
