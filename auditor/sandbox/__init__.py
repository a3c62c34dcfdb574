"""A simulated SAP Business One and simulated shops that speak HTTP, with planted faults whose truth is known."""
