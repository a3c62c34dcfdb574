"""Orders that wait in B1 as drafts: order_blocked_document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.faults.case import Case, Fact
from auditor.sandbox.faults.missing import NotPosted, draft_of


class DraftCase(NotPosted):
    """The order exists in B1 only as a draft; it is blocked, and not missing."""

    check, owner = "order_blocked_document", "FIN"
    authorization: ClassVar[str]

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        draft = draft_of(books.sale, keeper)
        draft["AuthorizationStatus"] = self.authorization
        books.drafts.append(draft)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)
        yield self.alike(books, books.sale.key, "order_missing_in_b1", "waits as a draft")


class WaitsForApproval(DraftCase):
    cause, note, authorization = "waiting_for_approval", "waits for the approval of a credit limit", "dasPending"


class ApprovalRefused(DraftCase):
    cause, note, authorization = "approval_refused", "finance refused to approve the order", "dasRejected"


class DraftForgotten(DraftCase):
    cause, note, authorization = "draft_left_open", "saved as a draft and never added", "dasWithout"
    owner = "OPS"


class DraftBesideOrder(Case):
    check, note = "order_blocked_document", "the draft was left behind when its order was added"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.drafts.append(draft_of(books.sale, keeper))


BLOCKED: tuple[type[Case], ...] = (WaitsForApproval, DraftForgotten, ApprovalRefused)
NOT_BLOCKED: tuple[type[Case], ...] = (DraftBesideOrder,)
