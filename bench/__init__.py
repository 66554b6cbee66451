"""The benchmark of the main paths: `make bench`. Every claim is a ratio of two figures of one run."""
