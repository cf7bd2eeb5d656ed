"""One module for each family of files: whether these bytes are wholly and only what they should be.

Walks over lengths and headers, in Python, and an unpacking that counts: nothing here decodes a picture,
a page or a sound. What does runs apart (`safeguard.apart`).
"""
