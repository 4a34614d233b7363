"""What a person does where a state fails for good: each state that can fail has one."""

__all__ = ["REMEDIES"]

_STATUS = "`landbridge status` names what cannot be seen; mend it, then start the run again."
_FUNCTION_APP = "The Function App did not answer: look at its host and key, then start again."
_RESUME = "then `landbridge failover --resume`."
_AGAIN = "then `landbridge failback` again; it goes on from what is true."
_LOCK = (
    "Another run holds the lock: `landbridge status` names it. Let it end; a dead run's lease runs "
    "out by itself."
)
_RECORD = "The run is sound, its record is missing: the machine's log has every step."
_NOTIFY = "The run is sound, nobody was told: read it with `landbridge report`."
_RELEASE = "Nothing: the lease runs out by itself and the next run may begin."
_DNS = "`landbridge status` shows what DNS answers and where the gate stands; "
_SMOKE_DNS = "Order by the users' name yourself: the name, its certificate, the entry; "

_FAILOVER = {
    "Observe Sites": _STATUS,
    "Confirm Outage": "The record has the votes. AWS up: nothing. AWS silent, which is no vote, "
    "and you know that it is lost: `landbridge failover --force`.",
    "Take Lock": _LOCK,
    "Engage Gate": "Another run moved the gate (`StaleEpochError`): look at that one. "
    + _FUNCTION_APP,
    "Fence Primary First": "AWS could not be fenced, so it may acknowledge on: fence it by hand, "
    "or accept the price with `landbridge failover --accept-data-loss`.",
    "Move Workload": "One of the states below ended in no way that it knows: see its row.",
    "Fence Primary": "Nothing now: in `sync` AWS acknowledges nothing without Azure. Stop what is "
    "left of AWS before the failback.",
    "Scale Standby": f"Look why AKS took no wish for pods (quota, token), {_RESUME}",
    "Check Promotion": "The record has each reason: lag, timeline, synchronous state. Mend it, or "
    "accept the loss that it names with `--accept-data-loss`.",
    "Promote Standby": "The undo has looked whether Azure was promoted. Undone: mend Azure's "
    "database and start again. Promoted: `landbridge failover --resume`.",
    "Verify Writable": f"Azure is promoted and takes no writes: space, settings, log; {_RESUME}",
    "Wait Rollout": f"The error names the pod and its last log lines. Mend it, {_RESUME}",
    "Smoke Standby": f"Azure's app took no order: its log says why. Mend it, {_RESUME}",
    "Open Gate": f"Users still go to AWS. Mend the Function App, {_RESUME}",
    "Wait Dns": f"{_DNS}mend it, {_RESUME}",
    "Smoke Dns": f"{_SMOKE_DNS}mend it, {_RESUME}",
    "Stop Primary": "Azure serves. Shut AWS's PostgreSQL down by hand when AWS can be reached.",
    "Undo Failover": "The undo is not finished, or Azure is promoted: `landbridge status`, "
    f"{_RESUME}",
    "Record Run": _RECORD,
    "Notify Operators": _NOTIFY,
    "Release Lock": _RELEASE,
}

_FAILBACK = {
    "Observe Return": "Azure serves. `landbridge status` names what cannot be seen; mend it, "
    f"{_AGAIN}",
    "Take Lock": _LOCK,
    "Observe Return Again": f"Azure serves. Mend what cannot be seen, {_AGAIN}",
    "Give Writes Back": "Azure may still hold its writes: this is an outage. Look at Azure's "
    f"database first, {_AGAIN}",
    "Rebuild Primary": "The rebuild Job's log in EKS has the reason (space, slot, network). Rows "
    "that cannot be exported refuse it: `--discard-forked-rows` loses them. Mend it, "
    f"{_AGAIN}",
    "Await Streaming": f"Look at the link between the clouds and at Azure's load, {_AGAIN}",
    "Request Approval": "Nobody approved in time, or somebody refused: `landbridge failback`, and "
    "then `landbridge approve RUN`.",
    "Scale Primary": f"Look why EKS took no wish for pods (access entry, quota), {_AGAIN}",
    "Hold Writes": f"Azure takes writes again. Look at sessions that do not end, {_AGAIN}",
    "Catch Up Primary": f"Azure takes writes again. AWS did not replay in time: the link, {_AGAIN}",
    "Promote Primary": f"Azure takes writes again. AWS's database log has the reason, {_AGAIN}",
    "Resequence Primary": "Azure takes writes again. `landbridge resequence` shows each sequence, "
    f"{_AGAIN}",
    "Admit Primary": "Where nobody knows whether AWS was admitted, look at both databases before "
    f"anything else: one of them takes writes. Make AWS answer, {_AGAIN}",
    "Undo Admission": f"As above: make AWS's database answer, {_AGAIN}",
    "Scale Primary Again": f"AWS has users' rows and no pods: mend EKS, {_AGAIN}",
    "Wait Primary": f"The error names the pod. This is an outage: mend it, {_AGAIN}",
    "Smoke Primary": f"AWS's app took no order: its log says why. Mend it, {_AGAIN}",
    "Close Gate": f"DNS still answers Azure, which holds. Mend the Function App, {_AGAIN}",
    "Wait Dns": f"{_DNS}mend it, {_AGAIN}",
    "Smoke Dns": f"{_SMOKE_DNS}mend it, {_AGAIN}",
    "Retire Standby": f"AWS serves. Azure's pods still run: mend the Function App, {_AGAIN}",
    "Rebuild Standby": "AWS serves **without a standby**. The rebuild Job's log in AKS has the "
    f"reason. Mend it, {_AGAIN}",
    "Protect Primary": f"AWS serves **without its synchronous standby**. Mend it, {_AGAIN}",
    "Undo Failback": "Azure may still hold its writes: look at its database first, then "
    "`landbridge failback`, which gives them back.",
    "Record Run": _RECORD,
    "Notify Operators": _NOTIFY,
    "Release Lock": _RELEASE,
}

_BEGIN_AGAIN = "Nothing was moved. Mend what the report names and ask again: `landbridge gameday`."
_LOOK = "Nothing: the next look asks again. The run that is on has an end of its own."
_ITS_RUN = "Read the run that it started (`landbridge history`); that run's table says what to do."

_GAMEDAY = {
    "Run Preflight": f"{_BEGIN_AGAIN} `landbridge preflight` shows the checks.",
    "Check Gameday": _BEGIN_AGAIN,
    "Announce Gameday": _BEGIN_AGAIN,
    "Watch Gameday": _BEGIN_AGAIN,
    "Start Leg": f"No run began, or another one was first. {_BEGIN_AGAIN}",
    "Watch Out": _LOOK,
    "Smoke Dns": "Azure did not take an order: the GameDay goes home by itself. Find out why "
    "before the next one.",
    "Watch Soak": "The GameDay goes home by itself.",
    "Start Leg Home": "Azure serves, and nobody leads home: `landbridge failback`.",
    "Watch Home": _LOOK,
    "Hand Over": "An incident's run should lead and could not be asked for: `landbridge status`, "
    "then `landbridge failover` where AWS is down.",
    "Report Gameday": f"The GameDay ended, its report is missing. {_ITS_RUN}",
    "Announce End": f"The GameDay ended, nobody was told. {_ITS_RUN}",
}

_ALL_AGAIN = "Then the same `landbridge failover --all` or `failback --all` again."

_WAVES = {
    "Plan Wave": "The request or the deployment is refused by name: no further wave was begun. "
    f"Mend it. {_ALL_AGAIN}",
    "Start Workload": "`landbridge status` shows whether its run is on all the same. If not, start "
    f"that one by hand with `--workload`. {_ALL_AGAIN}",
    "Watch Workload": "The run goes on: `landbridge status` shows it. Let it end. " + _ALL_AGAIN,
    "Report Waves": "Nobody was told the whole: `landbridge status` has a line for each workload.",
}

REMEDIES = {
    "failover": _FAILOVER,
    "failback": _FAILBACK,
    "gameday": _GAMEDAY,
    "waves": _WAVES,
}
