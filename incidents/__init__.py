"""A concern is logged, the right people are alerted, they act."""
