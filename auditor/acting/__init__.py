"""Corrections: simulate, approve, write down the intent, re-read, send once, probe when unknown, prove by audit."""
