"""What runs in the peers' own environments (setup/peers.sh), never in ours: it imports nothing of Sahan."""
