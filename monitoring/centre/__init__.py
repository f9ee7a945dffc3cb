"""The centre's side: what is watched, who collects it, what is wrong and who is told."""
