"""What a study's own code imports, see docs/extending.md. These names keep their meaning until a major release.

One module for each kind of plugin, so that the code of one kind is in no fingerprint of another.
"""
