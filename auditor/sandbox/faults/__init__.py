"""What is planted: faults that an audit must find, and look-alikes that it must not report."""
