"""What rules mean, one question per module: names, numbers, dates, layers, pairs that clash, reach, assumptions."""
