"""Composition root: threads, schedule, HTTP API and command line."""
