"""Make .venv with what a target needs: `python3 tools/environment.py pages` or `all`.

Uses the standard library only, and this file parses on any Python, so that one that is too old
gets a sentence instead of a syntax error.
"""

import sys

WANTED = (3, 11)


def main():
    if sys.version_info < WANTED:
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.stderr.write(
            "The course needs Python 3.11 or newer, and %s is %s; install a newer one and name it: "
            "make PYTHON=python3.12 book\n" % (sys.executable, found)
        )
        return 1
    import install

    return install.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
