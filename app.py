"""The CDK app: ``python app.py`` writes the templates of cdk.json's configuration to cdk.out.

CDK_OUTDIR puts them elsewhere and CDK_CONTEXT_JSON overrides the context, as with the CDK's own
command line. Ends with 2 and the reasons where the configuration is refused.
"""

import os
import sys
from pathlib import Path

from landbridge.configuration import load_deployment, read_context
from landbridge.domain.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent


def main() -> int:
    """Check the configuration, then synthesize."""
    try:
        context = read_context(ROOT / "cdk.json", os.environ.get("CDK_CONTEXT_JSON", "{}"))
        deployment = load_deployment(context)
    except ConfigurationError as error:
        sys.stderr.write(f"refused:\n{error}\n")
        return 2
    # jsii runs node, which the lock brings beside the interpreter, and starts it on import.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    # CDK's own look at the templates takes as long as all the rest and only warns; the tests have
    # cfn-lint, which fails.
    os.environ.setdefault("CDK_VALIDATION", "false")
    from stacks.application import build_app  # noqa: PLC0415 - after PATH

    outdir = os.environ.get("CDK_OUTDIR") or str(ROOT / "cdk.out")
    build_app(ROOT, deployment, context, outdir).synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
