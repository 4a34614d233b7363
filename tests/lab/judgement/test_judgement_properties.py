"""What holds of every drill: a good one is never found fault with, a bad one always is."""

import configparser
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lab
from lab.drill.keeping import read_evidence, write_evidence
from lab.judgement.acknowledgements import from_a_second_site
from lab.judgement.evidence import Evidence
from lab.judgement.finding import Rule, grave
from lab.judgement.judge import judge
from lab.users.ledger import Write
from lab.users.verdict import two_sites_in_one_epoch
from tests.lab.judgement.simulated import Plan, changed_write, simulate

# How long an example takes is the machine's business.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROOT = Path(__file__).resolve().parents[3]


@st.composite
def plans(draw: st.DrawFn, fewest: int = 0) -> Plan:
    """Draw a drill in either mode, of so many cycles at least."""
    replication = draw(st.sampled_from(["sync", "async"]))
    writes = draw(st.integers(1, 12))
    return Plan(
        replication=replication,
        cycles=draw(st.integers(fewest, 3)),
        writes=writes,
        killed=draw(st.booleans()),
        lost=draw(st.integers(0, writes)) if replication == "async" else 0,
        refused=draw(st.booleans()),
    )


def acknowledged(evidence: Evidence) -> list[int]:
    """Return the places in the ledger of what was acknowledged and is not reported as lost."""
    assert evidence.history is not None
    lost = evidence.reported_loss or frozenset()
    writes = enumerate(evidence.history.writes)
    return [place for place, one in writes if one.acknowledged and one.id not in lost]


@CALM
@given(plans())
def test_a_drill_that_keeps_every_rule_is_found_no_fault_with(plan: Plan) -> None:
    """Any number of cycles, in either mode, with and without a refused run and a loss."""
    assert judge(simulate(plan)) == ()


@CALM
@given(plans(), st.data())
def test_a_dropped_row_is_always_found(plan: Plan, data: st.DataObject) -> None:
    """Whichever acknowledged order is missing, the judge names it."""
    evidence = simulate(plan)
    places = acknowledged(evidence)
    if not places:
        return
    assert evidence.history is not None
    name = evidence.history.writes[data.draw(st.sampled_from(places))].id
    present = {site: (ids or frozenset()) - {name} for site, ids in evidence.present.items()}

    found = grave(judge(replace(evidence, present=present)))

    assert any(one.rule is Rule.LOSS and name in one.details for one in found)


@CALM
@given(plans(fewest=1), st.data())
def test_a_write_that_the_other_site_acknowledged_is_always_found(
    plan: Plan, data: st.DataObject
) -> None:
    """Whichever acknowledgement came from the other site in the same epoch, it is found."""
    evidence = simulate(plan)
    assert evidence.history is not None
    places = [place for place, one in enumerate(evidence.history.writes) if one.acknowledged]
    place = data.draw(st.sampled_from(places))
    site = {"aws": "azure", "azure": "aws"}[str(evidence.history.writes[place].site)]

    found = grave(judge(changed_write(evidence, place, site=site)))

    assert any(one.rule is Rule.SPLIT_BRAIN for one in found)


ACKNOWLEDGED = st.builds(
    Write,
    id=st.uuids().map(str),
    started=st.floats(0.0, 4.0),
    sent=st.none() | st.floats(4.0, 6.0),
    ended=st.floats(4.0, 9.0),
    site=st.sampled_from(["aws", "azure"]),
    epoch=st.integers(1, 3),
)


@CALM
@given(st.lists(ACKNOWLEDGED, max_size=12))
def test_the_judge_and_the_report_read_the_same_ledger_alike(writes: list[Write]) -> None:
    """Each has its own reading of two sites, and neither finds what the other one does not."""
    assert set(from_a_second_site(writes)) == set(two_sites_in_one_epoch(writes))


@CALM
@given(plans(), st.data())
def test_evidence_that_is_missing_never_passes(plan: Plan, data: st.DataObject) -> None:
    """Each kind of evidence that nobody could gather is a grave finding."""
    evidence = simulate(plan)
    unknown: dict[str, object] = {"aws": None, "azure": None}
    gone: dict[str, object] = {
        "history": None,
        "present": unknown,
        "epochs": unknown,
        "strays": unknown,
        "runs": None,
        "dns": None,
        "logs": (),
        "world": replace(evidence.world, databases=unknown),
    }
    if plan.replication == "async":
        gone |= {"reported_loss": None, "never_received": None}
    what = data.draw(st.sampled_from(sorted(gone)))

    assert grave(judge(replace(evidence, **{what: gone[what]})))  # type: ignore[arg-type]


@CALM
@given(plans())
def test_kept_evidence_is_judged_as_it_was(plan: Plan) -> None:
    """What was written to a file is read as the same evidence."""
    evidence = simulate(plan)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "evidence.json"
        write_evidence(evidence, file)

        assert read_evidence(file) == evidence


def test_the_contract_names_every_part_of_the_lab() -> None:
    """A new part of the lab is forbidden to the judge until somebody says otherwise."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    forbidden = contracts["importlinter:contract:judge-shares-nothing"]["forbidden_modules"].split()
    folder = Path(str(lab.__file__)).parent
    parts = {f"lab.{one.name}" for one in folder.iterdir() if (one / "__init__.py").exists()}

    assert parts - set(forbidden) == {"lab.judgement", "lab.users"}
    users = {f"lab.users.{one.stem}" for one in (folder / "users").glob("[!_]*.py")}
    assert users - set(forbidden) == {"lab.users.ledger"}
