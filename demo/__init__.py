"""Two invented schools to try Safeguard with; production does not install this app."""
