"""Whether the installation is well: a page for those who run it, and probes for machines."""
