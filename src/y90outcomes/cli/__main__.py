"""`python -m y90outcomes.cli`, as the command `y90`."""

from y90outcomes.cli import main

main()
