"""Small bank statements, written as banks write them."""

from __future__ import annotations

ENTRY = """<Ntry><Amt Ccy="GBP">501.17</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-21</Dt></ValDt><AcctSvcrRef>B1</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>E2E1</EndToEndId></Refs><Amt Ccy="GBP">501.17</Amt>
<RltdPties><Dbtr><Pty><Nm>Jo Bloggs</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>STRIPE</Ustrd><Ustrd>po_1A</Ustrd></RmtInf></TxDtls></NtryDtls>
<AddtlNtryInf>Jo Bloggs po_1A</AddtlNtryInf></Ntry>
"""


def entry(amount: str, side: str = "CRDT", *, status: str = "BOOK", more: str = "", details: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="GBP">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}<Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>2026-11-20</Dt></BookgDt>{details}</Ntry>\n"
    )


def camt(
    *entries: str,
    opening: str = "1000.00",
    closing: str = "1501.17",
    identity: str = "S1",
    iban: str = "GB33BUKB20201555555555",
    made: str = "2026-11-20T23:55:00+00:00",
    version: str = "08",
    number: int = 7,
    sides: tuple[str, str] = ("CRDT", "CRDT"),
    days: tuple[str, str] = ("2026-11-19", "2026-11-20"),
) -> str:
    def balance(code: str, amount: str, side: str, day: str) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='GBP'>{amount}</Amt>"
            f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
        )

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>{made}</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>{identity}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{made}</CreDtTm>\n"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>GBP</Ccy></Acct>\n"
        + balance("OPBD", opening, sides[0], days[0])
        + balance("CLBD", closing, sides[1], days[1])
        + "".join(entries)
        + "</Stmt></BkToCstmrStmt></Document>\n"
    )


CAMT = camt(ENTRY)

MT940 = """:20:STARTUMS
:25:20201555/55555555
:28C:00007/001
:60F:C261119GBP1000,00
:61:2611211120C501,17NTRFE2E1//B1
:86:166?00GUTSCHRIFT?10931?20STRIPE payout po?21_1A?30BUKBGB22?31GB94?32JO
BLOGGS?33AND SONS
:62F:C261120GBP1501,17
-
"""

OFX1 = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20261121060000[0:GMT]<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>GBP
<BANKACCTFROM><BANKID>202015<ACCTID>55555555<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20261101<DTEND>20261120
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261120233000[-5:EST]<TRNAMT>501.17<FITID>F1<NAME>Jo Bloggs
<MEMO>STRIPE po_1A &amp; co</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261120<TRNAMT>-12.50<FITID>F2<NAME>BANK CHARGES</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1488.67<DTASOF>20261120</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1>
</OFX>
"""

OFX2 = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<?OFX OFXHEADER="200" VERSION="202" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
    "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>GBP</CURDEF><BANKACCTFROM><BANKID>202015</BANKID>"
    "<ACCTID>55555555</ACCTID></BANKACCTFROM><BANKTRANLIST><DTSTART>20261101</DTSTART><DTEND>20261120</DTEND>\n"
    "<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20261120</DTPOSTED><TRNAMT>501,17</TRNAMT><FITID>F1</FITID>"
    "<NAME>STRIPE</NAME><MEMO>po_1A</MEMO></STMTTRN>\n"
    "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
)

CSV = """Account statement;of Harbour & Pine

Date,Details,Amount,Balance
2026-11-20,STRIPE po_1A,501.17,1501.17
2026-11-20,Card,-12.50,1488.67
2026-11-21,Card,-12.50,1476.17
"""
