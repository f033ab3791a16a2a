"""The book every night: what is scheduled, who is due, what is waited for, and what a person on call asks."""
