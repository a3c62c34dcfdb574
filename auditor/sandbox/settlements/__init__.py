"""Settlement files and bank statements of the simulated company, as the providers and the bank write them."""

from auditor.sandbox.settlements.adyen import adyen_csv, adyen_name, psp_reference
from auditor.sandbox.settlements.bank import BankTransfer, camt053, mt940, transfers_of
from auditor.sandbox.settlements.paypal import PayPalDay, paypal_days, paypal_name, paypal_stl
from auditor.sandbox.settlements.stripe import charge_id, payment_intent_id, refund_id, stripe_csv

__all__ = [
    "BankTransfer",
    "PayPalDay",
    "adyen_csv",
    "adyen_name",
    "camt053",
    "charge_id",
    "mt940",
    "payment_intent_id",
    "paypal_days",
    "paypal_name",
    "paypal_stl",
    "psp_reference",
    "refund_id",
    "stripe_csv",
    "transfers_of",
]
