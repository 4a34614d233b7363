"""A secret's value has no place in the configuration: whatever looks like one is refused unseen.

cdk.json is in a repository, and what it says is in templates, logs and every function's
environment. Known forms are found anywhere, and so is a long random word. A short password that
looks like a name is not: nothing tells the two apart.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from landbridge.configuration.problems import ABSENT, Problem
from landbridge.domain.foreign import shown_name

__all__ = ["INSTEAD", "looks_secret", "named_like_a_secret", "secret_problems"]

# What it is, and how its maker documents or makes it.
_FORMS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a URL with a password", re.compile(r"//[^/@\s]*:[^/@\s]+@")),
    (
        "a password among words",
        re.compile(
            r"\b(password|passwd|pwd|AccountKey|SharedAccessKey|sig)\s*=\s*\S", re.IGNORECASE
        ),
    ),
    ("an AWS access key", re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a signed token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}")),
    (
        "a chat's webhook",
        re.compile(r"hooks\.slack\.com/|webhook\.office\.com/|/webhookb2/", re.IGNORECASE),
    ),
    ("a chat's or repository's token", re.compile(r"\b(xox[abeoprs]-\w|gh[opsru]_\w{30})")),
    ("an Azure key", re.compile(r"[\w-]{40,}AzFu[\w-]{6,}|[\w.~-]{3}\dQ~[\w.~-]{31}")),
    ("a password's verifier", re.compile(r"SCRAM-SHA-256\$")),
)
_NAMES = re.compile(
    r"passw|token|credential|connection_?string|client_?secret|(^|_)(pwd|key)$"
    r"|(api|access|account|private|function)_?key",
    re.IGNORECASE,
)
# An AWS secret key is forty characters, slashes among them, which elsewhere part names.
_WORDS = re.compile(r"(?<![\w/+=])[A-Za-z0-9/+]{40}(?![\w/+=])|[A-Za-z0-9+=]{20,}")
_HEX = re.compile(r"(^|[^0-9a-f])[0-9a-f]{32,}($|[^0-9a-f])")
# Of each two letters or digits side by side in a random word six in ten are of different kinds; in
# words that people join LikeThis it is hardly more than four.
_CHANGES = 0.45
INSTEAD = (
    "put the value into AWS Secrets Manager and give only the secret's name, in a field called "
    "secret; then replace the value, for it was in a file"
)


def secret_problems(value: object, field: str = "") -> Iterator[Problem]:
    """Yield each place of a JSON document where a secret seems to stand, never the secret."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if what := looks_secret(name):
                rule = f"the name of a field in it looks like {what}"
                yield Problem(field or "fields", ABSENT, rule, INSTEAD)
            else:
                yield from secret_problems(inner, f"{field}.{shown_name(name)}".removeprefix("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from secret_problems(inner, f"{field}.{number}")
    elif isinstance(value, str) and (what := looks_secret(value, field)):
        yield Problem(field, ABSENT, f"its value looks like {what}", INSTEAD)


def looks_secret(text: str, field: str = "") -> str:
    """Return what secret the value of ``field`` looks like, empty where like none."""
    if field.endswith("certificate_authority"):
        return _in_certificate(text)
    for what, form in _FORMS:
        if form.search(text):
            return what
    if any(_is_random(word.replace("/", "")) for word in _WORDS.findall(text)):
        return "a key"
    # Host names have hexadecimal digits as well, so these count only where a name is asked for.
    return "a key" if field.rpartition(".")[2] == "secret" and _HEX.search(text) else ""


def named_like_a_secret(name: str) -> bool:
    """Whether somebody who makes up such a field wants to put a secret into it."""
    return _NAMES.search(name) is not None


def _is_random(word: str) -> bool:
    kinds = ["lower" if c.islower() else "upper" if c.isupper() else "digit" for c in word]
    changes = sum(one != other for one, other in pairwise(kinds))
    return len(set(kinds)) == 3 and changes >= _CHANGES * (len(word) - 1)  # noqa: PLR2004 - all three


def _in_certificate(text: str) -> str:
    """Return what is wrong: a certificate is random to look at and public, a private key is not."""
    try:
        plain = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        plain = text.encode(errors="replace")
    return "a private key" if b"PRIVATE KEY" in plain else ""
