"""Rewrites extracts/ and reference/ of the example firm from the household book."""

from __future__ import annotations

from .firm import FIRM, rewrite

if __name__ == "__main__":
    written = rewrite()
    print(f"{len(written)} files, {sum(map(len, written.values())):,} bytes in {FIRM.name}/")
