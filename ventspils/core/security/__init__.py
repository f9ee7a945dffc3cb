"""Who may do what, how people and machines prove who they are, what is secret, and what was changed by whom."""
