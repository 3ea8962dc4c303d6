"""The families that a study can name: a folder or a file each."""
