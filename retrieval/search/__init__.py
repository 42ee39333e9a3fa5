"""A question becomes an answer: `pipeline.py` has the steps from top to bottom."""
