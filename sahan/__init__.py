"""The command, the settings, and the composition of the roles: the only room that imports all others."""
