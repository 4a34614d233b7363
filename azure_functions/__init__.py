"""The Function App: the gate, the run lock and the standby's pods, in the surviving cloud.

What is deployed is this package beside ``landbridge``, with ``function_app.py``, ``host.json`` and
``requirements.txt`` at the top, where the Functions host looks for them.
"""
