"""Standing proof: faults are planted into a copy of what is known, and the checks that own them must report them.

A plant stands beside its check, as `<check_id>.plant.sql`. The copy is a run's workspace, so nothing of it is kept.
"""
