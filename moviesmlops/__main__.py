"""`python -m moviesmlops` is the command `moviesmlops`."""

from moviesmlops.cli import main

if __name__ == "__main__":
    main()
