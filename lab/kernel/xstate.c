/*
 * Preloaded into User-Mode Linux, which keeps 2,696 bytes of its processes' floating-point state: up to the protection keys, as much as
 * it knows. Where the processor has more (AMX: 11,008 bytes), the host takes the whole or nothing and answers EFAULT (xstateregs_set in
 * arch/x86/kernel/fpu/regset.c), and the first process dies. So what is written is made whole with zeros: state not in use.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { XSTATE_LEAF = 13, ROOM = 1 << 16 };

typedef long (*ptrace_function)(enum __ptrace_request, pid_t, void *, void *);

/*
 * Of all state components that the host has enabled (Intel's manual, CPUID leaf 0DH, EBX). Asked once: a hypervisor traps CPUID, which
 * costs as much as a quarter of a system call in User-Mode Linux.
 */
static unsigned whole_size(void)
{
	static unsigned size;
	unsigned eax, ecx, edx;

	if (!size)
		__cpuid_count(XSTATE_LEAF, 0, eax, size, ecx, edx);
	return size;
}

/* User-Mode Linux calls it from one thread. */
long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_function next;
	static unsigned char whole[ROOM];
	va_list rest;
	pid_t pid;
	void *address;
	void *data;

	va_start(rest, request);
	pid = va_arg(rest, pid_t);
	address = va_arg(rest, void *);
	data = va_arg(rest, void *);
	va_end(rest);
	if (!next)
		next = (ptrace_function)dlsym(RTLD_NEXT, "ptrace");
	if (!next)
		abort();
	if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
		const struct iovec *given = data;
		struct iovec widened = { whole, whole_size() };

		if (given->iov_len < widened.iov_len && widened.iov_len <= sizeof(whole)) {
			memcpy(whole, given->iov_base, given->iov_len);
			return next(request, pid, address, &widened);
		}
	}
	return next(request, pid, address, data);
}
