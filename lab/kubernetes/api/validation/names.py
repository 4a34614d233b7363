"""The forms that names, labels and keys must have."""

import re

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_VARIABLE = re.compile(r"[ -<>-~]+")  # any printable ASCII character but "="
_LABEL_LENGTH, _SUBDOMAIN_LENGTH = 63, 253


def label_fault(value: str) -> str:
    """Say why a name is no RFC 1123 label; '' where it is one."""
    if len(value) > _LABEL_LENGTH:
        return f"must be no more than {_LABEL_LENGTH} characters"
    if _LABEL.fullmatch(value):
        return ""
    return (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
        "and must start and end with an alphanumeric character"
    )


def subdomain_fault(value: str) -> str:
    """Say why a name is no RFC 1123 subdomain; '' where it is one."""
    if len(value) > _SUBDOMAIN_LENGTH:
        return f"must be no more than {_SUBDOMAIN_LENGTH} characters"
    if _SUBDOMAIN.fullmatch(value):
        return ""
    return (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
        "or '.', and must start and end with an alphanumeric character"
    )


def service_fault(value: str) -> str:
    """Say why a name is no RFC 1035 label; '' where it is one."""
    if len(value) > _LABEL_LENGTH:
        return f"must be no more than {_LABEL_LENGTH} characters"
    if _SERVICE.fullmatch(value):
        return ""
    return (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
        "an alphabetic character, and end with an alphanumeric character"
    )


def path_segment_fault(value: str) -> str:
    """Say why a name can't be part of a URL's path (the only rule for RBAC's names)."""
    if value in (".", ".."):
        return f"may not be '{value}'"
    found = [mark for mark in ("/", "%") if mark in value]
    return f"may not contain '{found[0]}'" if found else ""


def qualified_fault(key: str) -> str:
    """Say why a label's or an annotation's key is none."""
    prefix, _, name = key.rpartition("/")
    if prefix and subdomain_fault(prefix):
        return "prefix part " + subdomain_fault(prefix)
    if 0 < len(name) <= _LABEL_LENGTH and _QUALIFIED.fullmatch(name):
        return ""
    return (
        "name part must consist of alphanumeric characters, '-', '_' or '.', must start and end "
        "with an alphanumeric character, and be no more than 63 characters"
    )


def label_value_fault(value: str) -> str:
    """Say why a text is no label's value."""
    if not value or (len(value) <= _LABEL_LENGTH and _QUALIFIED.fullmatch(value)):
        return ""
    return (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
        "or '.', must start and end with an alphanumeric character, and be no more than 63 "
        "characters"
    )


def config_key_fault(key: str) -> str:
    """Say why a text is no key of a ConfigMap or Secret."""
    if _CONFIG_KEY.fullmatch(key) and len(key) <= _SUBDOMAIN_LENGTH and key not in (".", ".."):
        return ""
    return "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"


def variable_fault(name: str) -> str:
    """Say why a text is no environment variable's name."""
    if _VARIABLE.fullmatch(name):
        return ""
    return "a valid environment variable name must consist only of printable ASCII but '='"
