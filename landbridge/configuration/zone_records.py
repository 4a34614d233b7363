"""The six records that a failover needs in the zone, for whoever creates them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from landbridge.configuration.models import Configuration
from landbridge.configuration.place_rules import is_ip_address
from landbridge.domain.checkers_verdict import DOWN_ADDRESS, UP_ADDRESS, verdict_name
from landbridge.domain.preflight.dns import Record

__all__ = ["CHANGE_BATCH_OUTPUT", "change_batch", "records_document", "zone_records"]

# The health stack's outputs: the ids of the checks that the pairs hang on, and all six records.
_CHECK_OUTPUTS = {"PRIMARY": "PrimaryCheckId", "SECONDARY": "SecondaryCheckId"}
_VERDICT_CHECK_OUTPUT = "AwsCheckId"
CHANGE_BATCH_OUTPUT = "RecordsToCreate"


def zone_records(configuration: Configuration) -> tuple[Record, ...]:
    """Return the failover pair, the checkers' verdict and both health names.

    ``health_check`` is the name of the health stack's output, empty where a record hangs on none.
    """
    names, sites, ttl = configuration.names, configuration.sites, configuration.ttl_seconds
    kind = "A" if is_ip_address(sites.aws.addresses[0]) else "CNAME"
    pair = (("PRIMARY", sites.aws), ("SECONDARY", sites.azure))
    verdict = verdict_name(names.health)
    plain = ((names.health, sites.aws), (names.health_azure, sites.azure))
    return (
        *(
            Record(names.failover, kind, ttl, site.addresses, role, _CHECK_OUTPUTS[role])
            for role, site in pair
        ),
        Record(verdict, "A", ttl, (UP_ADDRESS,), "PRIMARY", _VERDICT_CHECK_OUTPUT),
        Record(verdict, "A", ttl, (DOWN_ADDRESS,), "SECONDARY"),
        *(Record(name, kind, ttl, site.addresses) for name, site in plain),
    )


def change_batch(records: Sequence[Record], check_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return the body of ChangeResourceRecordSets; ``check_ids`` are by output.

    Source: Route 53 API Reference, "ChangeBatch" and "ResourceRecordSet".
    """
    sets = [_set(one, check_ids) for one in records]
    return {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": one} for one in sets]}


def records_document(configuration: Configuration) -> dict[str, Any]:
    """Return ``{"zone", "domain", "health_stack", "region", "records", "how"}`` for JSON.

    A record is ``{"name", "type", "ttl_seconds", "values", "failover", "health_check_output"}``;
    the last two are null where it is of no pair, or hangs on no check. ``how`` are lines for a
    person.
    """
    stack = f"landbridge-{configuration.workload}-health"
    return {
        "zone": configuration.zone,
        "domain": configuration.domain,
        "health_stack": stack,
        "region": configuration.health_region,
        "records": [
            {
                "name": one.name,
                "type": one.type,
                "ttl_seconds": one.ttl_seconds,
                "values": list(one.values),
                "failover": one.failover or None,
                "health_check_output": one.health_check or None,
            }
            for one in zone_records(configuration)
        ],
        "how": list(_how(configuration, stack)),
    }


def _how(configuration: Configuration, stack: str) -> Iterator[str]:
    if configuration.zone == "here":
        yield f"The stack landbridge-{configuration.workload}-dns writes them: cdk deploy --all"
        return
    output = f"Stacks[0].Outputs[?OutputKey=='{CHANGE_BATCH_OUTPUT}'].OutputValue"
    yield f"Create them in {configuration.domain}, once the health stack is deployed:"
    yield f"  aws cloudformation describe-stacks --region {configuration.health_region} \\"
    yield f'    --stack-name {stack} --query "{output}" --output text > records.json'
    yield "and, with the credentials of the zone's account:"
    yield "  aws route53 change-resource-record-sets --hosted-zone-id ZONE \\"
    yield "    --change-batch file://records.json"


def _set(record: Record, check_ids: Mapping[str, str]) -> dict[str, Any]:
    pair = {"SetIdentifier": record.failover.lower(), "Failover": record.failover}
    check = {"HealthCheckId": check_ids.get(record.health_check, "")}
    return {
        "Name": record.name,
        "Type": record.type,
        "TTL": record.ttl_seconds,
        "ResourceRecords": [{"Value": value} for value in record.values],
        **(pair if record.failover else {}),
        **(check if record.health_check else {}),
    }
