"""The running service without HTTP: its state, what it does by itself, and what runs beside it."""
