/* SPDX-License-Identifier: Apache-2.0 */
/* A time limit for a process, so that no test program hangs. */
#ifndef CULVERT_TEST_LIMIT_H
#define CULVERT_TEST_LIMIT_H

#include <signal.h>
#include <unistd.h>

/* Ends this process after that time by SIGALRM, even if it inherited the signal as ignored or blocked. Not inherited. */
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
