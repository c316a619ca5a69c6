"""`python -m pipelines.cli`."""

from pipelines.cli.app import main

if __name__ == "__main__":
    main()
