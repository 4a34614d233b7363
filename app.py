"""The CDK app: ``python app.py`` writes the templates of cdk.json's configuration to cdk.out.

CDK_OUTDIR puts them elsewhere and CDK_CONTEXT_JSON overrides the context, as with the CDK's own
command line.
"""

import os
import sys
from pathlib import Path

# jsii runs node, which the lock brings beside the interpreter, and starts it on import.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")

from stacks.application import main  # noqa: E402 - after PATH

if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
