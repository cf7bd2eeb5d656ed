"""The drawing on which marks are placed: views of a body, each cut into regions that have names.

All of it is ours, and made of few numbers. A shape (a torso, an arm, a finger) is a row of
cross-sections; its outline is a curve along their ends, and a region is what lies between two of
them. So regions meet without a gap, and lie within their outline, by the way they are made. What
is on the left is drawn once and mirrored. `regions` is what the rest of Safeguard asks for.
"""
