"""`python -m clspec` is `clspec`."""

from clspec.cli import main

if __name__ == "__main__":
    main()
