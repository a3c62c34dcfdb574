/*---
title    = "The order waits in B1 as a draft and goes no further"
severity = "medium"
owner    = "OPS"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.fulfilment_order", "canonical.b1_draft", "canonical.b1_order", "canonical.b1_invoice",
            "matching.unposted_order", "matching.order_document", "setting.channel"]
needs    = ["canonical.sales_order.placed_at", "canonical.sales_order.payment_status", "canonical.sales_order.total"]
grace    = "order"
means    = "A paid order is in B1 only as a draft of a sales order or invoice, and the draft is an hour old or older. Orders that the channel itself holds back, for a fraud review for instance, are left out; so are orders not yet paid or cancelled."
why      = "Nobody picks a draft. The customer has paid, the promise to dispatch runs on, and the revenue is not in the books."
look     = "B1: Document Drafts Report and the approval status of the draft; the customer's credit limit. Channel: the order's dispatch date."
fix      = "Approve or reject the draft, or add it as a document. If it was rejected, tell customer service so that the order is called off and refunded."
prevent  = "Take the channel's customer account out of approval procedures and credit limits that were made for trade customers, or let somebody look at the approval list every morning."
story    = "{Order} over {money} waits in B1 as a draft since {note_since} and has no sales order or invoice. {note_state}"
[causes]
waiting_for_approval = "an approval procedure or credit limit stopped the document, and nobody has decided"
approval_refused     = "somebody refused to approve the document, and the order on the channel was not called off"
draft_left_open      = "the document was saved as a draft and never added, without any approval being asked for"
[params]
grace_minutes = {type = "int", default = 60, why = "approvers look at their list once an hour; what is younger is in hand"}
---*/
WITH draft AS (
    SELECT x.order_no, MIN(d.doc_entry) AS doc_entry, MIN(d.doc_num) AS doc_num, MIN(d.created_at) AS created_at,
           MAX(d.updated_at) AS updated_at,
           -- the draft that is furthest decides: a refusal is an answer, a pending one may still become one
           MAX(CASE d.authorization_status WHEN 'rejected' THEN 2 WHEN 'cancelled' THEN 2 WHEN 'pending' THEN 1 ELSE 0 END)
               AS stage
    FROM matching.order_document AS x
    JOIN canonical.b1_draft AS d ON d.doc_entry = x.doc_entry AND d.status = 'open'
    WHERE x.channel = $channel AND x.object = 'draft' AND d.object_code IN ('17', 'oOrders', '13', 'oInvoices')
    GROUP BY x.order_no
)
SELECT
    o.order_id                  AS subject_id,
    o.currency                  AS currency,
    'sales order'               AS expected,
    'draft'                     AS actual,
    ROUND(o.total, 2)           AS money_at_risk,
    o.placed_at                 AS occurred_at,
    d.updated_at                AS source_updated_at,
    CASE d.stage WHEN 0 THEN 'OPS' ELSE 'FIN' END AS owner,
    CASE d.stage WHEN 2 THEN 'approval_refused' WHEN 1 THEN 'waiting_for_approval' ELSE 'draft_left_open' END AS cause,
    o.ship_by_at                AS deadline_at,
    o.order_id                  AS order_id,
    o.order_ref                 AS order_ref,
    'draft'                     AS b1_object,
    d.doc_entry                 AS doc_entry,
    d.doc_num                   AS doc_num,
    CONCAT(SUBSTRING(CAST(d.created_at AS VARCHAR), 1, 16), ' UTC') AS note_since,
    CASE d.stage WHEN 2 THEN 'Its approval was refused.' WHEN 1 THEN 'It waits for an approval.'
                 ELSE 'Nobody is asked to approve it.' END AS note_state
FROM matching.unposted_order AS u
JOIN draft AS d ON d.order_no = u.order_no
JOIN canonical.sales_order AS o ON o.order_no = u.order_no
JOIN setting.channel AS c ON c.channel = o.channel AND c.posting = 'order'
WHERE u.channel = $channel AND u.open_drafts > 0
  AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
  AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
  AND COALESCE(o.order_kind, 'sale') = 'sale'
  AND d.created_at + $grace_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
  -- the channel holds the order back on purpose, and says so
  AND COALESCE(o.fulfilment_status, '') <> 'on_hold'
  AND NOT EXISTS (SELECT 1 FROM canonical.fulfilment_order AS f
                  WHERE f.order_no = o.order_no AND f.status = 'on_hold')
ORDER BY o.placed_at, o.order_id
