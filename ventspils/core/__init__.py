"""What every room of the centre stands on: settings, errors, time, secrets, the registry."""
