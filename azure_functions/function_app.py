"""What the Functions host loads: the app, and a blueprint per subject.

Every route but the two vetoes, which Route 53's health checkers ask, wants an access token
(``azure_functions.callers``). FUNCTION, the level of a route that says nothing else, is for one
that somebody forgot to guard: it wants a key that nobody has.
"""

import azure.functions as func

from azure_functions import (
    gate,
    lock,
    look,
    preflight,
    probe,
    rebuild,
    rehearsal,
    standby,
    takeover,
    timer,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
_SUBJECTS = (gate, lock, look, preflight, probe, rebuild, rehearsal, standby, takeover, timer)
for subject in _SUBJECTS:
    app.register_functions(subject.blueprint)
