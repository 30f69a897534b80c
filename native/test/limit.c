/* SPDX-License-Identifier: Apache-2.0 */
/* The time limit ends a test that hangs, even if the parent ignores or blocks the signal. */
#include "isolated.h"

#include <sys/prctl.h>

static void hang(void)
{
	/* Without a working limit the child ends with the test. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit_time(1);
	for (;;)
		pause();
}

static void ignore_the_alarm(void)
{
	signal(SIGALRM, SIG_IGN);
	hang();
}

static void block_the_alarm(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	hang();
}

static pid_t start(void (*body)(void))
{
	pid_t child = fork();

	if (child == 0)
		body();
	return child;
}

/* Waits 10 s at most: without a working limit the child never ends. */
static void assert_ended(pid_t child)
{
	int status = 0;
	pid_t ended = 0;

	for (int i = 0; i < 1000 && ended == 0; i++) {
		usleep(10000);
		ended = waitpid(child, &status, WNOHANG);
	}
	if (ended == 0)
		kill(child, SIGKILL);
	assert_int_equal(ended, child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGALRM);
}

static void a_process_that_hangs_is_ended(void **state)
{
	pid_t plain = start(hang), ignoring = start(ignore_the_alarm), blocking = start(block_the_alarm);

	(void)state;
	assert_ended(plain);
	assert_ended(ignoring);
	assert_ended(blocking);
}

static void every_test_has_a_limit(void **state)
{
	unsigned int left = alarm(TEST_SECONDS);

	(void)state;
	assert_in_range(left, 1, TEST_SECONDS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_hangs_is_ended),
		cmocka_unit_test(every_test_has_a_limit),
	};

	return run_isolated(tests, sizeof tests / sizeof tests[0]) == 0 ? 0 : 1;
}
