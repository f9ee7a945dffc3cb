"""Stores of measured points: the embedded one and InfluxDB 2."""
