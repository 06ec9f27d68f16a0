"""`python -m benchmarks`: the comparison."""

import sys

from benchmarks.compare import main

sys.exit(main())
