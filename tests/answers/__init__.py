"""Answers to the problem sets as tables: what each gets wrong, or how it is written differently."""
