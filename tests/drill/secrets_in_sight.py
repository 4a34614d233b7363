"""Looks for a lab's secrets where none may be: logs, templates, records, reports, arguments."""

import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from lab.clouds.clouds import Clouds
from lab.clouds.names import FUNCTION_USER

__all__ = ["Arguments", "lab_secrets", "logs", "records", "seen_in", "templates", "watch_arguments"]

_LOOK_EVERY_SECONDS = 0.25
# Three parts of base64, the first two JSON objects: whoever shows one is let in.
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}")


def lab_secrets(clouds: Clouds) -> dict[str, str]:
    """Return the values that only their readers may have, by what they are."""
    passwords = clouds.databases.passwords
    return {
        **{f"password of {user}": value for user, value in vars(passwords).items()},
        "Function App's token for AKS": clouds.azure_cluster.token(FUNCTION_USER),
        "the webhook's URL": clouds.chat.url,
    }


class Arguments:
    """Every command line that was seen on this machine while somebody watched."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._over = threading.Event()

    def watch(self) -> None:
        """Look again and again, until ``end``."""
        while True:
            self.seen |= set(_command_lines())
            if self._over.wait(_LOOK_EVERY_SECONDS):
                return

    def end(self) -> None:
        """Let the watching end."""
        self._over.set()


def _command_lines() -> Iterator[str]:
    for process in psutil.process_iter():
        try:
            yield " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue


@contextmanager
def watch_arguments() -> Iterator[Arguments]:
    """Watch the machine's processes for the block."""
    arguments = Arguments()
    thread = threading.Thread(target=arguments.watch)
    thread.start()
    try:
        yield arguments
    finally:
        arguments.end()
        thread.join()


def logs(clouds: Clouds) -> Iterator[tuple[str, str]]:
    """Yield every log in the lab's folder, and its name."""
    for file in clouds.lab.path.rglob("*"):
        if file.is_file() and (file.suffix == ".log" or file.parent.name in {"log", "logs"}):
            yield str(file.relative_to(clouds.lab.path)), file.read_text(errors="replace")


def templates(clouds: Clouds) -> Iterator[tuple[str, str]]:
    """Yield each stack's template as it was deployed, and what its functions' configuration is."""
    configuration = clouds.configuration
    for region in (configuration.health_region, configuration.orchestrator_region):
        stacks = clouds.aws.client("cloudformation", region)
        for stack in stacks.describe_stacks()["Stacks"]:
            name = stack["StackName"]
            template = stacks.get_template(StackName=name)["TemplateBody"]
            yield name, json.dumps([template, stack], default=str)
    functions = clouds.aws.client("lambda", configuration.orchestrator_region)
    for one in functions.list_functions(MaxItems=1000)["Functions"]:
        yield one["FunctionName"], json.dumps(one, default=str)


def records(clouds: Clouds) -> Iterator[tuple[str, str]]:
    """Yield what is kept of runs: the table's rows, the bucket's objects, the histories."""
    region, outputs = clouds.configuration.orchestrator_region, clouds.operations.outputs()
    table = clouds.aws.client("dynamodb", region)
    rows = table.scan(TableName=outputs["RunsTableName"])["Items"]
    yield "the runs table", json.dumps(rows, default=str)
    objects, bucket = clouds.aws.client("s3", region), outputs["RecordsBucketName"]
    for one in objects.list_objects_v2(Bucket=bucket).get("Contents", ()):
        body = objects.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
        yield one["Key"], body.decode()
    states = clouds.aws.client("stepfunctions", region)
    for name in ("StateMachineArn", "FailbackMachineArn", "GamedayMachineArn"):
        for run in states.list_executions(stateMachineArn=outputs[name])["executions"]:
            pages = states.get_paginator("get_execution_history")
            for page in pages.paginate(executionArn=run["executionArn"]):
                yield run["name"], json.dumps(page["events"], default=str)


def seen_in(texts: Iterable[tuple[str, str]], secrets: dict[str, str]) -> list[tuple[str, str]]:
    """Return each place and the secret that it holds; a signed token is one, whosever it is."""
    found = []
    for place, text in texts:
        found += [(place, what) for what, value in secrets.items() if value in text]
        if _TOKEN.search(text):
            found.append((place, "a token"))
    return found


def files_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the text of every file in a folder."""
    for file in folder.iterdir():
        yield file.name, file.read_text(errors="replace")
