"""The day after: did the custodians fill what was sent, and relieve the lots that were named?"""
