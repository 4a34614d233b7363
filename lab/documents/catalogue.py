"""Every document that is made. A new one is a line here."""

from lab.documents.configuration import (
    fields_page,
    rto_page,
    rules_page,
    schema_file,
    workloads_page,
)
from lab.documents.document import Document
from lab.documents.flows import FLOW_DOCUMENTS

__all__ = ["DOCUMENTS"]

DOCUMENTS = (
    Document("docs/configuration.schema.json", schema_file),
    Document("docs/configuration.md", fields_page, part="fields"),
    Document("docs/configuration.md", rto_page, part="rto"),
    Document("docs/configuration.md", rules_page, part="rules"),
    Document("docs/configuration.md", workloads_page, part="workloads"),
    *FLOW_DOCUMENTS,
)
