/* One rank, as without a launcher. Several: tests/trust/check_ranks.py, check_rank_faults.py. */
#include "gantrain/math/comm.h"

#include <string.h>

#include "support/nets.h"

static void one_rank_has_all_rows(void **state)
{
    (void)state;
    Error e = { 0 };
    assert_int_equal(comm_init(&e), GT_OK);
    assert_int_equal(comm_rank(), 0);
    assert_int_equal(comm_size(), 1);
    assert_int_equal(comm_local_size(), 1);
    assert_true(*comm_engine());
    const RowRange all = comm_rows(7);
    assert_int_equal(all.first, 0);
    assert_int_equal(all.n, 7);
    assert_int_equal(comm_rows_of(0, 7).n, 7);
    assert_int_equal(comm_buffer_size(7, 3), 0);
    assert_true(comm_local_processors() >= 1);
}

static void exchanges_of_one_rank_change_nothing(void **state)
{
    (void)state;
    double x[] = { 1, -2, 3 };
    real rows[] = { 1, 2, 3, 4 };
    const Mat m = { 2, 2, rows };
    comm_sum(x, 3);
    comm_max(x, 3);
    comm_broadcast(0, x, sizeof x);
    assert_true(x[0] == 1 && x[1] == -2 && x[2] == 3);
    comm_set_timeouts((Timeouts){ 1, 2 }, (Timeouts){ 3, 4 });
    comm_set_stage("nothing");
    comm_allow_long_stage("nothing");
    comm_start_allreduce(m);
    comm_start_reduce_scatter(m);
    comm_start_allgather(m);
    comm_wait();
    assert_true(rows[0] == 1 && rows[3] == 4);
}

static void one_rank_agrees_with_itself(void **state)
{
    (void)state;
    Error e = { 0 };
    assert_int_equal(comm_agree("a stage", &e), GT_OK);
    assert_int_equal(comm_check_equal("thing", "text", &e), GT_OK);
    assert_int_equal(comm_first_rank_where(true), 0);
    assert_int_equal(comm_first_rank_where(false), 1);
    also_fail(&e, GT_EDATA, "what went wrong");
    assert_int_equal(comm_agree("another", &e), GT_EDATA);
    assert_string_equal(e.text[0], "what went wrong");
    comm_finalize();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_has_all_rows),
        cmocka_unit_test(exchanges_of_one_rank_change_nothing),
        cmocka_unit_test(one_rank_agrees_with_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
