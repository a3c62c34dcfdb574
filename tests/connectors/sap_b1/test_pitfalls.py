"""Every pitfall of the Service Layer that we know of, and under it the test that holds it.

- B1SESSION has no path: a cookie jar drops or misplaces it:
  test_cookies_are_read_by_hand_and_sent_in_one_line
- Expect: 100-continue is answered with 500:
  test_cookies_are_read_by_hand_and_sent_in_one_line
- the balancer moves a session to another node:
  test_a_balancer_that_moves_the_session_is_followed
- 401 with code 301 in the middle of paging:
  test_a_forgotten_session_is_renewed_once_in_the_middle_of_paging
- idle sessions end:
  test_an_idle_session_is_renewed
- parallel 401s must not log in in parallel; one call a session:
  test_parallel_calls_share_few_sessions_and_renew_each_once
- sessions left open use up licences:
  test_closing_logs_out
- wrong password: 401 or 400, several codes:
  test_a_refused_login_names_user_company_and_the_place_of_the_password
- B1 locks users after wrong passwords:
  test_a_refused_login_is_not_repeated_because_b1_locks_users
- the page is 20 unless asked; $top does not enlarge it:
  test_the_page_size_is_preferred_and_never_asked_for_with_top
- links in two shapes, an empty last page, Prefer not obeyed:
  test_all_pages_are_read_whatever_their_size_and_links
- a link repeats other options, or not:
  test_only_the_offset_of_a_link_is_used
- a full page without a link:
  test_a_full_page_without_a_link_is_not_taken_for_the_last
- $skip pages shift while rows are added:
  test_rows_that_are_added_or_change_while_reading_shift_nothing
- a page is lost:
  test_a_lost_page_is_noticed_by_the_count
- rows vanish while they are counted:
  test_a_row_that_vanishes_while_reading_is_no_loss
- $count is refused:
  test_a_set_that_cannot_be_counted_is_read_without_a_control_total
- $orderby is not obeyed:
  test_a_server_that_does_not_sort_is_not_believed
- quotes and ampersands in keys:
  test_text_keys_with_quotes_and_ampersands_are_paged
- amounts are JSON doubles:
  test_amounts_keep_the_digits_they_came_with
- collections bring everything, addresses and cards too:
  test_nothing_personal_is_kept
- $metadata lists what an entity set refuses; fields not there:
  test_a_user_field_this_company_lacks_is_left_out_and_not_asked_for_again
- an essential property refused:
  test_a_property_that_nothing_can_be_said_without_is_not_left_out
- properties missing from the answer:
  test_a_property_that_is_gone_from_the_answer_makes_the_read_incomplete
- error bodies: number, text, object, HTML, empty:
  test_error_bodies_of_every_form_are_understood
- 502 HTML, 500 empty, closed connections, cut bodies:
  test_trouble_on_the_way_is_waited_out
- keep-alive is closed after five seconds:
  test_a_connection_closed_while_idle_is_no_error_for_a_read
- long or-filters exceed the URL:
  test_looking_up_reads_only_what_is_named
- times are cut to minutes, the filter wants ge:
  test_a_change_in_the_second_and_minute_the_window_begins_is_read
- stamps are local; clocks go back:
  test_a_window_begins_at_the_earliest_local_time_a_later_change_can_carry
- commits are not ordered by their stamps:
  test_the_overlap_is_longer_than_ten_minutes
- derived values change without a stamp:
  test_open_documents_are_read_again_although_nothing_says_they_changed
- items have no UpdateDate before their first change:
  test_items_without_an_update_date_are_found_by_their_creation
- payments and journals have no stamps:
  test_payments_have_no_stamp_so_the_last_weeks_are_read_again_and_what_was_dated_back
- drafts vanish without a trace:
  test_only_open_drafts_are_read_and_a_draft_that_is_gone_vanishes
- an SQL query exists already (-2035):
  test_a_query_that_somebody_else_stored_meanwhile_is_used
- SQL queries are stored for ever:
  test_queries_are_stored_once_under_fixed_codes
- an empty SQL result is answered 404 -2028:
  test_an_empty_result_that_is_called_not_found_is_empty
- SQL pages are not stable:
  test_query_pages_never_cut_an_item_in_two
- SQL needs an authorisation (-6006):
  test_without_the_right_to_query_batches_and_serials_fail_with_the_mend
- a write whose answer is lost may have happened:
  test_storing_a_query_whose_answer_is_lost_is_not_repeated
- GetAdminInfo is POST on older levels:
  test_company_settings_are_read_without_addresses
- user fields beyond the first page:
  test_user_fields_are_looked_for_on_all_pages
- dates with and without T00:00:00Z, the Z is decoration:
  test_an_order_with_lines_and_delivery_charge
- enum names and database values:
  test_a_cancelled_document_and_the_one_that_cancels_it
- foreign amounts stand in other properties:
  test_a_document_in_another_currency_has_its_amounts_there
- payments have no total:
  test_payments_add_up_their_means
- SQL dates are yyyyMMdd:
  test_batches_serials_and_master_data
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_the_table_names_tests_that_exist() -> None:
    named = re.findall(r"^  (test_\w+)$", __doc__ or "", re.MULTILINE)
    sources = [*HERE.glob("test_*.py"), HERE.parent / "test_http.py"]
    defined = {
        name for path in sources for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > 45
    assert not set(named) - defined
