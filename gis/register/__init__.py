"""What is kept of works, streets, sites and plans."""
