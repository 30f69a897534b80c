/* SPDX-License-Identifier: Apache-2.0 */
/* A time limit for a process, so that no test program hangs. */
#ifndef CULVERT_TEST_LIMIT_H
#define CULVERT_TEST_LIMIT_H

#include <signal.h>
#include <unistd.h>

/* SIGALRM ends this process after that time, whatever its parent had it ignore or block. Children have no limit. */
static inline void limit_time(unsigned int seconds)
{
	sigset_t alarm_only;

	signal(SIGALRM, SIG_DFL);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	alarm(seconds);
}

#endif
