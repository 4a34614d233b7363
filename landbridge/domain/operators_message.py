"""The operators' message where a service takes less of it: the beginning and its last line stay.

The last line has the next command, which is what the message is for.
"""

__all__ = ["fitting", "fitting_subject"]

_CUT = "... cut here; the run's record has the rest: landbridge report RUN"
# Amazon SNS API, "Publish": a subject is ASCII without control characters, of less than 100.
_SUBJECT_CHARACTERS = 99


def fitting(text: str, most_characters: int, most_lines: int = 10_000) -> str:
    """Return the text, with its middle cut out where it is longer than that in either way.

    ``most_characters`` is above 500, ``most_lines`` above 3; a last line that takes more than half
    of the room is cut itself.
    """
    lines = text.strip().splitlines()
    if len(text) <= most_characters and len(lines) <= most_lines:
        return text
    last = lines[-1][: most_characters // 2]
    room = most_characters - len(last) - len(_CUT) - 2
    head = "\n".join(lines[: most_lines - 2] if len(lines) > most_lines else lines[:-1])
    return "\n".join([head[:room].rstrip() or lines[0][:room], _CUT, last])


def fitting_subject(text: str) -> str:
    """Return the subject on one line, in ASCII, as short as SNS takes it."""
    line = " ".join(text.split()).encode("ascii", "replace").decode()
    line = "".join(character if character.isprintable() else "?" for character in line)
    if len(line) <= _SUBJECT_CHARACTERS:
        return line or "landbridge"
    return f"{line[: _SUBJECT_CHARACTERS - 3]}..."
