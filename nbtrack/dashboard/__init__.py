"""The dashboard: one protocol, one service, several wires."""
