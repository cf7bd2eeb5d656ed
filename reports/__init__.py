"""The story on paper."""
