"""The commands of the command line, one subject a file.

A command imports what takes time to load when it runs, so that --help is instant.
"""
