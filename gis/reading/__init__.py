"""Reading files of geographic things."""
