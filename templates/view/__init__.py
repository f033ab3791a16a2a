"""What a page says, every string ready: views are made from a decision and hold no logic for a template to repeat."""
