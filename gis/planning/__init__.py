"""Where to dig when, with a proof."""
