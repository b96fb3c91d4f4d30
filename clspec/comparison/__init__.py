"""Two analysed models compared, as data: text, JSON and pictures are made of it, and checkpoints judged by it.

Parts are matched by path; one that was removed and one that was added, alike in kind, arguments and what they read, are
one part that moved.
"""
