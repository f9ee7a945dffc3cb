"""The pages that people look at; they talk to the centre over HTTP alone."""
