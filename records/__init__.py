"""Records: the life of a file, from its back-up to its lawful end."""
