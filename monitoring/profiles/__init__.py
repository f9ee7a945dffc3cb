"""What a kind of device can be asked, as data, and the loader of that data."""
