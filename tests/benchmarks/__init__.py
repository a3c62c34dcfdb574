"""Benchmarks that print ratios; run by hand (`make bench ARGS="--orders 1000000"`) and by CI in a small size."""
