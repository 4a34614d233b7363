"""Access tokens where a test is about something else than where they come from."""


class FixedTokens:
    """One token for ever, dropped or not."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        """Return it."""
        return self._token

    def get_ready(self) -> None:
        """Have it."""

    def drop(self, token: str) -> None:
        """Keep it."""
