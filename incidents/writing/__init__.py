"""Help with writing: what a reader in ten years would stumble over, said while somebody types.

It suggests, and never rewrites, blocks or sends anything away; what it said is not kept. `rules` says
what is looked for and why, `words` holds the lists that a school can change, `advice` looks.
"""
