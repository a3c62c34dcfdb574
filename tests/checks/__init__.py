"""Case files: for each check, at the mirror path of its SQL, what fires, what stays silent, and the boundary."""
