"""Is every record of every channel read, each once, whatever happens on the way: `python -m tests.reading`."""
