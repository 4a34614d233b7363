"""Whether the cases of this folder also run against a real kube-apiserver here."""

import pytest

from lab.kubernetes import envtest


def test_a_real_server_runs_the_same_cases() -> None:
    """Where KUBEBUILDER_ASSETS names its programs, every case runs against the real server too.

    Where it is set and a program is missing, that is an error and no reason to leave cases out.
    """
    if not envtest.is_wanted():
        pytest.skip(envtest.missing())
