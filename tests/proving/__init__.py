"""Tests of auditor/proving."""
