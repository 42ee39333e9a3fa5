"""The commands of the command line, one subject a file.

What takes time to import is imported by the command that needs it, so that --help is instant.
"""
