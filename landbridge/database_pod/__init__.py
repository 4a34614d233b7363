"""The program of the database pod's image: guard it, serve from it, rebuild it as a standby.

Runs beside PostgreSQL's own programs with the standard library alone.
"""
