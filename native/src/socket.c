/* SPDX-License-Identifier: Apache-2.0 */
/* Opens sockets in a network namespace, sends and receives datagrams. */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE (4 * 1024 * 1024)

static int enter(int netns)
{
	return setns(netns, CLONE_NEWNET) < 0 ? -errno : 0;
}

/*
 * A thread that stays in a foreign namespace seems healthy, but programs another node. No caller could be trusted to stop
 * for an error value, so the process ends.
 */
static void enter_or_abort(int netns)
{
	int error = enter(netns);

	if (error == 0)
		return;
	fprintf(stderr,
		"culvert: cannot return to its own network namespace (errno %d), so it would program another's: "
		"abort\n",
		-error);
	abort();
}

static int socket_here(int family)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);

	return fd < 0 ? -errno : fd;
}

static int socket_in(const char *netns, int family)
{
	int home, there, fd;

	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		return -errno;
	there = open(netns, O_RDONLY | O_CLOEXEC);
	if (there < 0) {
		fd = -errno;
		goto close_home;
	}
	fd = enter(there);
	if (fd == 0) {
		fd = socket_here(family);
		enter_or_abort(home);
	}
	close(there);
close_home:
	close(home);
	return fd;
}

/* The FORCE variants pass net.core.[rw]mem_max and need CAP_NET_ADMIN; without it the plain ones get what they can. */
static void enlarge(int fd, int force, int plain)
{
	int size = BUFFER_SIZE;

	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof size) < 0)
		(void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof size);
}

int culvert_open_netlink(const char *netns, int family)
{
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int fd = netns == NULL ? socket_here(family) : socket_in(netns, family);
	int error;

	if (fd < 0)
		return fd;
	enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

static int enable(int fd, int option)
{
	int one = 1;

	return setsockopt(fd, SOL_NETLINK, option, &one, sizeof one) < 0 ? -errno : 0;
}

static int configure(struct culvert_socket *s)
{
	struct sockaddr_nl name;
	socklen_t name_size = sizeof name;
	int receive_buffer;
	socklen_t receive_buffer_size = sizeof receive_buffer;
	int error;

	if ((error = enable(s->fd, NETLINK_EXT_ACK)) < 0 || (error = enable(s->fd, NETLINK_CAP_ACK)) < 0 ||
	    (error = enable(s->fd, NETLINK_GET_STRICT_CHK)) < 0)
		return error;
	if (getsockname(s->fd, (struct sockaddr *)&name, &name_size) < 0 ||
	    getsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, &receive_buffer_size) < 0)
		return -errno;
	s->port = name.nl_pid;
	s->acks_max = (uint32_t)receive_buffer / CULVERT_ACK_COST;
	if (s->acks_max == 0)
		s->acks_max = 1;
	s->sequence = 1;
	return 0;
}

/* A kernel without netfilter has no such socket, and no flows. */
static void open_conntrack(const char *netns, struct culvert_socket *s)
{
	s->flow_fd = culvert_open_netlink(netns, NETLINK_NETFILTER);
	s->forget_fd = culvert_open_netlink(netns, NETLINK_NETFILTER);
	s->forget_sequence = 1;
}

int culvert_socket_open(const char *netns, struct culvert_socket **ret_socket)
{
	struct culvert_socket *s = calloc(1, sizeof *s);
	int error;

	if (s == NULL)
		return -ENOMEM;
	s->fd = culvert_open_netlink(netns, NETLINK_ROUTE);
	if (s->fd < 0) {
		error = s->fd;
		free(s);
		return error;
	}
	open_conntrack(netns, s);
	error = configure(s);
	if (error < 0) {
		culvert_socket_close(s);
		return error;
	}
	*ret_socket = s;
	return 0;
}

uint32_t culvert_socket_port(const struct culvert_socket *s)
{
	return s->port;
}

void culvert_socket_close(struct culvert_socket *s)
{
	close(s->fd);
	if (s->flow_fd >= 0)
		close(s->flow_fd);
	if (s->forget_fd >= 0)
		close(s->forget_fd);
	free(s);
}

int culvert_send(int fd, const void *requests, size_t size)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t sent;

	do
		sent = sendto(fd, requests, size, 0, (struct sockaddr *)&kernel, sizeof kernel);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EPROTO;
}

ssize_t culvert_receive(int fd, void *buffer, size_t size)
{
	for (;;) {
		struct sockaddr_nl sender = {0};
		struct iovec vector = {buffer, size};
		struct msghdr message = {
			.msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &vector, .msg_iovlen = 1};
		ssize_t received = recvmsg(fd, &message, MSG_DONTWAIT);

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return -errno;
		if (message.msg_namelen != sizeof sender || sender.nl_pid != 0)
			continue;
		return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : received;
	}
}
