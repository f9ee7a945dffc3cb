"""Plans over several periods with a proof of how good they are."""
