"""Pages of recording, alerting and acting."""
