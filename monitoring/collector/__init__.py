"""The collector's side: reads devices slot by slot and goes on whatever else is down."""
