"""`python -m ampherd` is `ampherd`."""

from ampherd.cli import main

if __name__ == "__main__":
    main()
