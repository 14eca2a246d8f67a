"""The database: engine, tables, migrations, and the plain message types that every room knows.

Imports nothing of the other rooms.
"""
