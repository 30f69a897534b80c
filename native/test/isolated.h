/* SPDX-License-Identifier: Apache-2.0 */
/* Each test in a process and a network namespace of its own, so that none affects another, even by a crash. */
#ifndef CULVERT_TEST_ISOLATED_H
#define CULVERT_TEST_ISOLATED_H

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "limit.h"

/* Of one test, and of a whole program. */
#define TEST_SECONDS 120
#define PROGRAM_SECONDS 600

static inline void enter_own_namespace(void)
{
	if (unshare(CLONE_NEWNET) == 0)
		return;
	fprintf(stderr, "cannot make a network namespace (%s): these tests need root\n", strerror(errno));
	exit(1);
}

/* Returns how many of the tests failed. */
static inline int run_isolated(const struct CMUnitTest *tests, size_t count)
{
	int failed = 0;

	limit_time(PROGRAM_SECONDS);
	for (size_t i = 0; i < count; i++) {
		int status;
		pid_t child;

		fflush(NULL);
		child = fork();
		if (child == 0) {
			limit_time(TEST_SECONDS);
			enter_own_namespace();
			exit(_cmocka_run_group_tests(tests[i].name, &tests[i], 1, NULL, NULL));
		}
		if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
			fprintf(stderr, "FAILED: %s\n", tests[i].name);
			failed++;
		}
	}
	return failed;
}

/* Runs a shell command that must succeed. */
static inline void sh(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

#endif
