"""The course's library: data, networks, training, records, heatmaps and checks.

Import the module you need (`from helpers import data, networks, train`).
"""
