"""The CDK app: what `cdk deploy` and `make synth` run."""

import sys

from deployment.stage import InvalidContext
from deployment.system import synthesise

if __name__ == "__main__":
    try:
        synthesise()
    except InvalidContext as error:
        sys.exit(str(error))
