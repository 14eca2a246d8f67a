"""What people see in a browser: the phone simulator and the staff pages, in French, English and Arabic.

Imports ``content`` and ``store`` only. Catalogues of the interface: console/README.md.
"""
