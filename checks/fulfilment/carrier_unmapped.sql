/*---
title    = "B1 sends with a carrier that the channel does not know under this name"
severity = "medium"
owner    = "OPS"
subject  = "carrier"
measure  = "text"
ladder   = false
explains = true
reads    = ["canonical.b1_delivery", "canonical.b1_shipping_type", "canonical.sales_order", "canonical.shipment",
            "canonical.carrier", "setting.channel", "fact.carrier_use"]
needs    = ["canonical.shipment.tracking_key"]
means    = "Every shipping type that stood on a delivery with a tracking number in the last seven days, or under which parcels still wait to be confirmed, is looked up in the map of carriers and in the channel's own list of carriers. Capitals and blanks make no difference; a name that was found only that way is reported as information. Where the channel has no list, only a gap in the map is reported."
why      = "The channel refuses a confirmation with a carrier it does not know: every parcel of this carrier stays unconfirmed, the dispatch deadlines run out, and marketplaces keep the money."
look     = "B1: Administration > Setup > Inventory > Shipping Types. The file of carriers that auditor.toml names under [maps]. Channel: its list of carriers."
fix      = "Add the carrier to the map with the channel's exact name for it, then send the waiting confirmations again."
prevent  = "Let nobody add a shipping type in B1 without a line in the map of carriers for each channel. Choose the shipping type from the list; do not type it."
story    = "B1 calls the carrier '{carrier}', {note_problem} on {channel}. {note_waiting}"

[causes]
not_mapped     = "nobody has said what the channel calls this carrier"
not_in_list    = "the name in the map is not in the channel's list of carriers"
no_carrier     = "the deliveries have a tracking number but no shipping type"
other_spelling = "the map has this carrier with other capitals or blanks"

[params]
days               = {type = "int", default = 7, why = "what was not used for a week is no longer in use"}
allow_unregistered = {type = "bool", default = false, why = "some operators take any carrier that comes with a tracking address; say so per channel"}
---*/
WITH used AS (
    SELECT u.carrier, u.b1_carrier, u.channel_carrier, u.mapped_as, u.last_used_at, u.parcels, u.waiting,
           CASE WHEN u.problem = 'not_in_list' AND $allow_unregistered THEN NULL
                WHEN u.problem IS NOT NULL THEN u.problem
                WHEN u.is_variant THEN 'other_spelling' END AS problem
    FROM fact.carrier_use AS u
    WHERE u.channel = $channel
)
SELECT
    u.carrier                   AS subject_id,
    NULL                        AS currency,
    COALESCE(u.channel_carrier, u.mapped_as) AS expected,
    u.carrier                   AS actual,
    0                           AS money_at_risk,
    u.last_used_at              AS occurred_at,
    CASE WHEN u.problem = 'other_spelling' THEN 'info' WHEN u.waiting > 0 THEN 'high' END AS severity,
    u.problem                   AS cause,
    u.carrier                   AS carrier,
    CASE u.problem
        WHEN 'not_mapped' THEN 'for which the map names no carrier'
        WHEN 'not_in_list' THEN CONCAT('mapped to ''', u.channel_carrier, ''', which is not in the list')
        WHEN 'no_carrier' THEN 'which is no name at all'
        ELSE CONCAT('which the map writes ''', u.mapped_as, '''') END AS note_problem,
    CASE WHEN u.waiting = 0 THEN 'No order waits for it at present.'
         WHEN u.waiting = 1 THEN 'One order waits to be confirmed.'
         ELSE CONCAT(u.waiting, ' orders wait to be confirmed.') END AS note_waiting
FROM used AS u
WHERE u.problem IS NOT NULL
  AND (u.last_used_at + $days * INTERVAL 1 DAY >= CAST($as_of AS TIMESTAMP)
       OR (u.waiting > 0 AND u.problem <> 'other_spelling'))
ORDER BY u.carrier
