"""What the Functions host loads: the app, and a blueprint per subject.

Every route but the two vetoes, which Route 53's health checkers ask, wants an access token
(``azure_functions.callers``). FUNCTION, the level of a route that says nothing else, is for one
that somebody forgot to guard: it wants a key that nobody has.
"""

import azure.functions as func

from azure_functions import gate, lock, preflight, probe, rebuild, rehearsal, standby

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for subject in (gate, lock, preflight, probe, rebuild, rehearsal, standby):
    app.register_functions(subject.blueprint)
