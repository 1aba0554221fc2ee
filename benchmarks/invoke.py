"""One call of one function as the Lambda runtime makes it: `python benchmarks/invoke.py STEP EVENT`; prints its result.

A file and no `-c`, where DuckDB takes the interpreter for an interactive one and shows its progress on stdout.
"""

import json
import sys

from sbir_etl import lambdas

if __name__ == "__main__":
    step, event = sys.argv[1:]
    sys.stdout.write(json.dumps(getattr(lambdas, step)(json.loads(event), None)))
