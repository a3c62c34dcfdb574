"""Runs the library of checks on what a run knows and keeps the findings: their identity, states and history."""
