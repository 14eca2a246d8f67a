"""The assistant: Rasa's files and components, and the plain core that they call.

Imports ``content`` and ``store``; never ``connectors``. Only ``components``, ``actions`` and ``embedding`` know Rasa.
"""
