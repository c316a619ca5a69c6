"""`leadpath`, and `python -m leadpath`: in a checkout as in an installed package."""

from pipelines.cli.app import main

if __name__ == "__main__":
    main()
