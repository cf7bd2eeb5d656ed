"""The whole child: every entry about one pupil in the order it happened."""
