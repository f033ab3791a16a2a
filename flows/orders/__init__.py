"""Orders, lot instructions, blocks and allocations, in the layouts that custodians take."""
