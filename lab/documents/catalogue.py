"""Every document that is made. A new one is a line here."""

from lab.documents.document import Document
from lab.documents.flows import FLOW_DOCUMENTS

__all__ = ["DOCUMENTS"]

DOCUMENTS: tuple[Document, ...] = (*FLOW_DOCUMENTS,)
