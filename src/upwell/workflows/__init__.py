"""What the commands do, without a terminal: every command as a Python call."""
