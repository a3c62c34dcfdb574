"""Small settlement files, written as the providers write them."""

from __future__ import annotations

STRIPE_HEAD = (
    "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created_utc,currency,gross,fee,net,"
    "reporting_category,source_id,charge_id,payment_intent_id,description\n"
)
STRIPE_ROWS = (
    "po_1A,2026-11-20,txn_1,2026-11-17 08:11:02,eur,44.98,1.55,43.43,charge,ch_1,ch_1,pi_1,Order 118\n"
    "po_1A,2026-11-20,txn_2,2026-11-18 10:01:05,eur,-19.99,0.00,-19.99,refund,re_1,ch_1,pi_1,"
    "REFUND FOR CHARGE (Order 118)\n"
)
STRIPE_PAYOUT = "po_1A,2026-11-20,txn_3,2026-11-19 00:00:00,eur,-23.44,0.00,-23.44,payout,po_1A,,,STRIPE PAYOUT\n"
STRIPE = STRIPE_HEAD + STRIPE_ROWS + STRIPE_PAYOUT

ADYEN_HEAD = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,"
    "Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,"
    "Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),"
    "Payment Method Variant,Batch Number\n"
)
ADYEN_ROWS = (
    "Acme,AcmeEU,8815000000000001,118,visa,2026-11-17 08:11:02,CET,Settled,8815000000000002,EUR,,44.98,1,EUR,,44.55,,"
    "0.23,0.03,0.17,visastandardcredit,381\n"
    "Acme,AcmeEU,8815000000000001,118,visa,2026-11-18 10:01:05,CET,Refunded,8815000000000003,EUR,19.99,,1,EUR,19.99,"
    ",,,,,visastandardcredit,381\n"
)
ADYEN_PAYOUT = 'Acme,AcmeEU,,,,2026-11-20 01:00:00,CET,MerchantPayout,"Payout batch 381",EUR,,,,EUR,24.56,,,,,,,381\n'
ADYEN = ADYEN_HEAD + ADYEN_ROWS + ADYEN_PAYOUT

PAYPAL_COLUMNS = (
    '"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type","Transaction Event Code",'
    '"Transaction Initiation Date","Transaction Completion Date","Transaction  Debit or Credit",'
    '"Gross Transaction Amount","Gross Transaction Currency","Fee Debit or Credit","Fee Amount","Fee Currency",'
    '"Custom Field","Consumer ID","Payment Tracking ID","Store ID"\n'
)


def paypal_row(
    identity: str,
    code: str,
    at: str,
    amount: int,
    fee: int = 0,
    *,
    invoice: str = "",
    reference: str = "",
    currency: str = "EUR",
    custom: str = "",
) -> str:
    """One SB line; `amount` signed, `fee` as what it costs, both in the smallest unit."""
    sign, fee_sign = ("CR" if amount >= 0 else "DR"), ("DR" if fee > 0 else "CR" if fee < 0 else "")
    kind = "TXN" if reference else ""
    return (
        f'"SB","{identity}","{invoice}","{reference}","{kind}","{code}","{at}","{at}","{sign}",{abs(amount)},'
        f'"{currency}","{fee_sign}",{abs(fee)},"{currency}","{custom}","PAYER1","",""\n'
    )


PAYPAL_ROWS = (
    paypal_row("8AB12345CD678901E", "T0006", "2026/11/17 08:11:02 +0100", 4498, 147, invoice="118"),
    paypal_row("5ZZ98765XY432109Q", "T1107", "2026/11/17 10:01:05 +0100", -1999, invoice="118",
               reference="8AB12345CD678901E"),
)  # fmt: skip


def paypal(
    *rows: str,
    day: str = "2026/11/17",
    begin: int = 0,
    end: int = 0,
    currency: str = "EUR",
    counted: int | None = None,
    sequence: int = 1,
    account: str = "ACC1",
    made: str | None = None,
    footer: bool = True,
) -> str:
    """A file with one section of one day; without `footer` the section goes on in the next file."""
    count = len(rows) if counted is None else counted

    def balance(amount: int) -> str:
        return f'"{"CR" if amount >= 0 else "DR"}",{abs(amount)}'

    foot = f'"SF","{currency}",0,0,0,0,{balance(begin)},{balance(end)},"CR",0,"CR",0,"CR",0,"CR",0,{count}\n'
    foot += f'"SC",{count}\n'
    return (
        f'"RH",{made or day + " 23:59:59 +0100"},"A","{account}",009\n"FH",{sequence:02d}\n'
        f'"SH",{day} 00:00:00 +0100,{day} 23:59:59 +0100,"{account}",""\n'
        + PAYPAL_COLUMNS
        + "".join(rows)
        + (foot + f'"RF","{currency}",0\n"RC",{count}\n' if footer else "")
        + f'"FF",{count}\n'
    )
