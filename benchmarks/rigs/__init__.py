"""What the benchmarks are measured with."""
