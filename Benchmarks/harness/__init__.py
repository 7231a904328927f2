"""The parts of bench.py. Standard library only; the peers' packages live in a virtual environment of their own."""
