"""What bench.py is made of. Standard library only; the peers' packages live in a virtual environment of their own."""
