"""Two clouds on one machine: every part started in order, and how they know of each other."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from lab.aws.deployment import read_stacks
from lab.aws.service import ACCOUNT, Aws
from lab.aws.synthesis import synthesize
from lab.aws.templates import configured
from lab.azure.service import FunctionHost
from lab.azure.tenant import Person
from lab.clouds import names
from lab.clouds.chat import WEBHOOK_SECRET, Chat
from lab.clouds.clocks import Clocks
from lab.clouds.cluster_setup import SiteCluster, make_cluster, prepare_aws, prepare_azure
from lab.clouds.database_pods import GuardIdentity, prepare_database, prepare_rehearsal
from lab.clouds.identities import DATABASE_CLIENT, Issuers, make_entra
from lab.clouds.names import Own
from lab.clouds.options import LabOptions
from lab.clouds.person import function_app_as, keep_sign_in, person_on_call
from lab.clouds.stack_parameters import (
    settings_document,
    stack_name,
    stack_values,
)
from lab.clouds.standing import StandingLab, lab_credentials
from lab.clouds.takeover import TAKEOVER_USER, takeover_objects
from lab.clouds.ways import checkers_ports, open_ways, own_port
from lab.dns.control_plane import ControlPlane, CreatedZone, create_route53_resources
from lab.dns.service import DnsService
from lab.dns.settings import Settings as DnsSettings
from lab.kubernetes.envtest import is_wanted
from lab.network.paths import Paths
from lab.processes.folder import LabFolder
from lab.processes.ports import free_loopback_pair, free_ports
from lab.sites.certificates import Authority
from lab.sites.entry import Entry
from lab.sites.link import Link
from lab.sites.replication import DatabasePair, make_pair, wait_streaming
from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.operations import Operations
from landbridge.configuration import load_configuration, read_context
from landbridge.domain.settings import parse_settings

__all__ = ["Clouds"]

_WARMINGS = 5
# What all workloads of one lab have in common.
_COMMON = (
    "assembly",
    "aws",
    "aws_cluster",
    "azure_cluster",
    "chat",
    "control_plane",
    "dns",
    "eks_link",
    "eks_url",
    "issuers",
    "name_server_port",
    "person",
    "zone",
)

Progress = Callable[[str], None]


class _Part(Protocol):
    """A part that starts processes of its own, and not as the lab's children."""

    def stop(self) -> None:
        """End them; harmless when they are gone."""


class Clouds:
    """A lab that is up. Use it as a context manager; whatever happens, nothing of it stays."""

    assembly: Path
    authority: Authority
    aws: Aws
    aws_cluster: SiteCluster
    azure_cluster: SiteCluster
    chat: Chat
    clocks: Clocks | None
    control_plane: ControlPlane
    dns: DnsService
    eks_link: Link
    eks_url: str
    function_host: FunctionHost
    issuers: Issuers
    lab: LabFolder
    name_server_port: int
    paths: Paths | None
    person: Person
    zone: CreatedZone

    def __init__(
        self,
        options: LabOptions,
        progress: Progress = lambda _sentence: None,
        *,
        context: Mapping[str, Any] | None = None,
        workload: str = "",
        beside: "Clouds | None" = None,
    ) -> None:
        """Make a lab of one workload; ``context`` goes over cdk.json's.

        Where that has several, ``workload`` names this one. ``beside`` is a lab that is up, of
        another one of them: it has the clusters, AWS and the zone, and this has all else.
        """
        self.options = options
        self._progress = progress
        self._context, self._beside = context, beside
        whole = {**read_context(names.ROOT / "cdk.json"), **(context or {})}
        self.configuration = load_configuration(whole, workload)
        self.own = Own.of(self.configuration)
        is_wanted()  # a folder that lacks a program is told before anything starts
        self.lab = LabFolder() if beside is None else beside.lab.within(workload)
        self._parts: list[_Part] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process of the lab and remove its folder."""
        self.lab.close()
        for part in self._parts:
            part.stop()  # ended already: this collects its exit status

    def _start(self) -> None:
        self.pair = free_loopback_pair()
        if self._beside is None:
            self._make_common()
        else:
            self._share(self._beside)
        self.entra = make_entra(
            self.lab, self.authority, self.configuration, self.issuers, self.person
        )
        self._progress("Starting databases, clusters and the clouds' services")
        with ThreadPoolExecutor() as pool:
            databases = pool.submit(self._start_databases)
            entra = pool.submit(self.entra.start)
            if self._beside is None:
                self._start_common(pool)
            self.databases: DatabasePair = databases.result()
            entra.result()
        self.aws_database, self.azure_database = self.databases.aws, self.databases.azure
        self._progress("Applying manifests, deploying the stacks, zone and health checks")
        prepare_azure(self.azure_cluster, self.databases, self.authority, self.own)
        self._make_function_host()
        if self.paths is not None:
            open_ways(self.paths, self)
        with ThreadPoolExecutor() as pool:
            pods = pool.submit(self._start_pods)
            entries = pool.submit(self._start_entries)
            self.function_host.start()
            self._deploy()
            pods.result()
            entries.result()
        self._progress("Waiting until AWS serves")
        self._wait_until_aws_serves()

    def _make_common(self) -> None:
        (self._route53_port,) = free_ports(1)
        self.authority = Authority(self.lab.folder("certificates"))
        self.issuers = Issuers(self.lab)
        self.person = person_on_call()
        self.chat = Chat()
        self._parts.append(self.chat)
        self.name_server_port = free_ports(1)[0]
        self.paths = Paths(self.lab) if self.options.paths else None
        self.clocks = Clocks(self.lab) if self.options.paths else None

    def _share(self, other: "Clouds") -> None:
        """Have what the workloads of one lab have in common; it has no paths of its own."""
        for name in _COMMON:
            setattr(self, name, getattr(other, name))
        self.authority = other.authority.issuing_into(self.lab.folder("certificates"))
        self.paths = self.clocks = None

    def _start_common(self, pool: ThreadPoolExecutor) -> None:
        assembly = pool.submit(synthesize, self._context)
        aws = pool.submit(self._start_aws)
        control_plane = pool.submit(self._start_control_plane)
        clusters = pool.submit(self._start_clusters)
        self.assembly = assembly.result()
        self.aws = aws.result()
        self.control_plane = control_plane.result()
        clusters.result()

    def _start_databases(self) -> DatabasePair:
        return make_pair(
            self.lab,
            self.authority,
            replication=self.options.replication,
            promotion_delay_seconds=self.options.promotion_delay_seconds,
        )

    def _start_aws(self) -> Aws:
        aws = Aws(
            self.lab,
            worker_environment={
                "SSL_CERT_FILE": str(self.authority.path),
                "AWS_ENDPOINT_URL_ROUTE_53": f"http://127.0.0.1:{self._route53_port}",
                **(self.clocks.environment("orchestrator") if self.clocks else {}),
            },
            wait_scale=1.0 if self.options.realtime else 0.2,
            issuer=self.issuers.signing("sts"),
        )
        aws.start()
        return aws

    def _start_control_plane(self) -> ControlPlane:
        control_plane = ControlPlane(environment=self.lab.environment(), port=self._route53_port)
        self._parts.append(control_plane)
        return control_plane.start()

    def _start_clusters(self) -> None:
        signing, pause = self.issuers.signing, self.options.pod_start_seconds
        self.aws_cluster = make_cluster(self.lab, "aws", 0.0, signing("aws"))
        self.azure_cluster = make_cluster(self.lab, "azure", pause, signing("azure"))
        self._parts += [self.aws_cluster, self.azure_cluster]
        with ThreadPoolExecutor() as pool:
            for started in [
                pool.submit(self.aws_cluster.start),
                pool.submit(self.azure_cluster.start),
            ]:
                started.result()
        # What a lost region takes with it: the way to EKS, not what EKS remembers.
        parts = urlsplit(self.aws_cluster.url)
        self.eks_link = Link(
            self.lab, target_host="127.0.0.1", target_port=parts.port or 0, name="eks-link"
        )
        self.eks_link.start()
        self.eks_url = f"{parts.scheme}://{self.eks_link.host}:{self.eks_link.port}"

    def _start_pods(self) -> None:
        for site, cluster in (("azure", self.azure_cluster), ("aws", self.aws_cluster)):
            url = self.function_host.url if site == "azure" else self.function_url(site)
            identity = GuardIdentity(
                f"{url}/api/gate",
                self.entra.url,
                self.configuration.function_app.tenant_id,
                DATABASE_CLIENT,
                self.configuration.function_app.application_id,
            )
            prepare_database(cluster, site, self.databases, identity, self.own)
        prepare_rehearsal(self.azure_cluster, self.databases, self.own)
        replicas = self.options.replicas
        prepare_aws(self.aws_cluster, self.databases, self.authority, replicas, self.own)
        wait_streaming(self.databases, self.options.replication)

    def _make_function_host(self) -> None:
        certificate = self.authority.issue("function-app", ["localhost", "127.0.0.1"])
        self.function_host = FunctionHost(
            self.lab,
            certificate=certificate.certificate,
            private_key=certificate.private_key,
            authority=self.authority.path,
            settings={
                "LANDBRIDGE_AKS_URL": self.azure_cluster.url,
                "LANDBRIDGE_AKS_CA": self.azure_cluster.ca_base64,
                **self.own.app_settings(),
                # By address: the name's own server starts after this host, which it checks.
                "LANDBRIDGE_PRIMARY_PROBE_URL": (
                    f"https://{self.pair.aws}:{self.port('azure', 'entry')}/ready"
                ),
                "LANDBRIDGE_PROBE_SECONDS": "4",
                # All checkers have one address here, and the quick lab's are in a hurry.
                "LANDBRIDGE_VETO_REQUESTS_PER_SECOND": "1000",
                **self._timer_settings(),
                **self.entra.app_settings(),
                **(self.clocks.environment("azure") if self.clocks else {}),
            },
            token=self.azure_cluster.token(names.FUNCTION_USER),
            host_name="localhost",
        )

    def _timer_settings(self) -> dict[str, str]:
        if self.options.automatic == "off":
            return {}
        # By name, as in production: what the checkers see is said under a name made from this one.
        return {
            "LANDBRIDGE_AUTOMATIC": self.options.automatic,
            "LANDBRIDGE_TIMER_SECONDS": str(self.options.timer_seconds),
            "LANDBRIDGE_PRIMARY_PROBE_URL": (
                f"https://{self.configuration.names.health}:{self.port('azure', 'entry')}/ready"
            ),
            "LANDBRIDGE_NAME_SERVERS": f"127.0.0.1:{self.name_server_port}",
        }

    def _start_entries(self) -> None:
        known = self.configuration.names
        subjects = [known.failover, known.health, known.health_azure]
        subjects += [self.pair.aws, self.pair.azure]
        certificate = self.authority.issue("entries", subjects)
        self.aws_entry, self.azure_entry = (
            Entry(
                self.lab,
                name=f"{site}-entry",
                address=address,
                port=self.pair.port,
                certificate=certificate,
                kubernetes=cluster.connection(),
                namespace=self.own.namespace,
                application=self.own.deployment,
            )
            for site, address, cluster in (
                ("aws", self.pair.aws, self.aws_cluster),
                ("azure", self.pair.azure, self.azure_cluster),
            )
        )
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(self.aws_entry.start), pool.submit(self.azure_entry.start)]:
                started.result()

    def _deploy(self) -> None:
        beginning = stack_name(self.configuration.workload, "")
        checks = self._create_records(beginning)
        settings = settings_document(self)
        secrets = self._secrets(settings)
        with ThreadPoolExecutor() as pool:
            # Nothing that is deployed asks the name server yet.
            dns = pool.submit(self._start_dns) if self._beside is None else None
            if self._beside is None:
                self._prepare_takeovers(settings, secrets)
            self.outputs = self.aws.deploy(
                self.assembly,
                values=stack_values(self, settings),
                secrets=secrets,
                health_checks=checks,
                zone_id=self.zone.zone_id,
                beginning=beginning,
            )
            if dns is not None:
                dns.result()
        self.operations = Operations(
            stack_name(self.configuration.workload, "orchestrator"),
            self.configuration.orchestrator_region,
            self.aws.endpoint_url,
            lab_credentials(ACCOUNT),
        )

    def _create_records(self, beginning: str) -> Mapping[str, str]:
        """Create the checks and records, and the zone but where it is there; return the checks."""
        values = stack_values(self, {})
        templates = [
            configured(stack.template, values.get(stack.name, {}))
            for stack in read_stacks(self.assembly)
            if stack.name.startswith(beginning)
        ]
        told = self.configuration.hosted_zone_id
        there = None if self._beside is None else self._beside.zone
        self.zone = create_route53_resources(
            templates,
            {},
            self.control_plane.client(),
            zone_name=self.configuration.domain if told and there is None else None,
            zone=there,
        )
        return self.zone.health_checks

    def _start_dns(self) -> None:
        self.dns = DnsService(
            DnsSettings(
                api=self.control_plane.url,
                zone_id=self.zone.zone_id,
                folder=self.lab.folder("dns"),
                port=self.name_server_port,
                time_scale=self.options.time_scale,
                labels={check: label for label, check in self.zone.health_checks.items()},
                cloudwatch=self.aws.endpoint_url,
                alarm_region=self.configuration.health_region,
                alarm_account=ACCOUNT,
                hosts={"localhost": "127.0.0.1"},
                ports=checkers_ports(self),
                alarm_events=(
                    f"http://127.0.0.1:{self.port('checkers', 'alarm-events')}/_lab/alarm-events"
                ),
            ),
            environment=self.lab.environment(),
        )
        self._parts.append(self.dns)
        self.dns.start()

    def _prepare_takeovers(
        self, settings: dict[str, Any], secrets: dict[str, dict[str, str]]
    ) -> None:
        self.azure_cluster.apply(
            takeover_objects(
                settings,
                {**secrets, WEBHOOK_SECRET: {"url": self.chat.url}},
                aws_url=self.aws.endpoint_url,
                authority=self.authority.path,
                url=self.azure_cluster.url,
                token=self.azure_cluster.token(TAKEOVER_USER.name),
                ca_base64=self.azure_cluster.ca_base64,
            )
        )

    def _secrets(self, settings: dict[str, Any]) -> dict[str, dict[str, str]]:
        password = self.databases.passwords.landbridge
        database = {"username": "landbridge", "password": password}
        return {
            settings["aws_database"]["secret"]: database,
            settings["azure_database"]["secret"]: database,
        }

    def _wait_until_aws_serves(self) -> None:
        key = f"{self.configuration.names.failover}. A"

        def serves(state: dict[str, object]) -> bool:
            answers, alarms = state["answers"], state["alarms"]
            if not isinstance(answers, dict) or not isinstance(alarms, dict):
                return False
            calm = all(alarm["state"] == "OK" for alarm in alarms.values()) and bool(alarms)
            checks = state["checks"]
            known = isinstance(checks, dict) and all(
                check["observed"] is not None
                for check in checks.values()
                if check["type"] != "CALCULATED"
            )
            return calm and known and answers.get(key, {}).get("values") == [self.pair.aws]

        self.dns.wait_until(serves, 240.0 if self.options.realtime else 30.0)

    def let_a_minute_pass(self) -> None:
        """Let what is scheduled for each minute happen now: the lab's minutes are short."""
        with ThreadPoolExecutor() as pool:
            for done in (pool.submit(self.record_look), pool.submit(self.warm_steps)):
                done.result()

    def warm_steps(self) -> None:
        """Let the scheduled warming happen now, and again where a busy machine was too slow."""
        for _ in range(_WARMINGS - 1):
            try:
                self._invoke("WarmName")
            except TimeoutError:  # the next one finds more of them warm
                continue
            return
        self._invoke("WarmName")

    def record_look(self) -> None:
        """Let the scheduled look happen now."""
        self._invoke("LookName")

    def run_preflight(self) -> None:
        """Let the scheduled preflight happen now."""
        self._invoke("PreflightName")

    def _invoke(self, output: str) -> None:
        functions = self.aws.client("lambda", self.configuration.orchestrator_region)
        answer = functions.invoke(FunctionName=self.operations.outputs()[output])
        if answer.get("FunctionError"):
            said = answer["Payload"].read().decode()
            slow = "Sandbox.Timedout" in said or "ReadTimeoutError" in said
            raise (TimeoutError if slow else RuntimeError)(f"{output}: {said}")

    def port(self, opener: str, service: str) -> int:
        """Return the port by which a place reaches a service: its own, or a proxy's."""
        return self.paths.port(opener, service) if self.paths else own_port(self, service)

    def orchestrator_token(self) -> str:
        """Return the access token that the orchestrator would get from Entra now."""
        return self.entra.token(self.configuration.function_app.client_id)

    def person_function_app(self) -> FunctionApp:
        """Return the Function App, asked as the person on call, from outside of both clouds."""
        where = parse_settings(self.configuration.settings()).function_app
        there = replace(where, url=self.function_host.url, authority=self.entra.url)
        return function_app_as(self.person.refresh_token, there)

    def standing(self) -> StandingLab:
        """Return what other processes of the lab's user need; the sign-in is kept for them."""
        keep_sign_in(self.lab.path, self.person)
        return StandingLab(
            pid=os.getpid(),
            folder=str(self.lab.path),
            aws_url=self.aws.endpoint_url,
            account=self.aws.account,
            stack=stack_name(self.configuration.workload, "orchestrator"),
            region=self.configuration.orchestrator_region,
            name_server=self.name_server,
            name=self.configuration.names.failover,
            port=self.pair.port,
            certificate_authority=str(self.authority.path),
            function_url=self.function_host.url,
            entra_url=self.entra.url,
        )

    def function_url(self, opener: str) -> str:
        """Return the Function App's URL as a place has it."""
        return f"https://localhost:{self.port(opener, 'function')}"

    @property
    def name_server(self) -> str:
        """The zone's name server as ``address:port``."""
        return self.dns.name_server
