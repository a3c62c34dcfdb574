"""Who has to deal with a finding: the code that checks use and the name that people read."""

from __future__ import annotations

from enum import StrEnum


class Owner(StrEnum):
    FIN = "FIN"
    OPS = "OPS"
    ECOM = "ECOM"
    CX = "CX"
    MASTER = "MASTER"
    INT = "INT"

    @property
    def plain_name(self) -> str:
        """What people call this group."""
        return _NAMES[self]


_NAMES = {
    Owner.FIN: "Finance",
    Owner.OPS: "Warehouse and fulfilment",
    Owner.ECOM: "E-commerce",
    Owner.CX: "Customer service",
    Owner.MASTER: "Item data",
    Owner.INT: "Integration support",
}
