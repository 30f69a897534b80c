/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the kernel is without Culvert: the baselines of script/bench, and timers on the kernel's announcements. It is not
 * part of the library and uses only its message.h.
 *
 * Its table: route i of N is the i-th /26 of 96.0.0.0/6, by peer i mod P; peer j is 10.1.0.0 + j. Its objects have protocol 91
 * and ids from 1 up.
 */
#include "message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PROTOCOL 91
#define FIRST_ROUTE 0x60000000u
#define FIRST_PEER 0x0a010000u
#define BATCH_SIZE 65536
#define MESSAGE_MAX 128
#define RECEIVE_BUFFER (256 << 20)

static _Alignas(NLMSG_ALIGNTO) uint8_t batch[BATCH_SIZE];
static size_t batched;
static uint32_t sequence, acknowledged;

static void die(const char *what)
{
	fprintf(stderr, "baseline: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* CLOCK_MONOTONIC, like System.nanoTime(). */
static uint64_t now_nanos(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void print_milliseconds(uint64_t since)
{
	printf("%.4f\n", (double)(now_nanos() - since) / 1e6);
	fflush(stdout);
}

static int open_socket(uint32_t groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int size = RECEIVE_BUFFER;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		die("netlink socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		die("receive buffer");
	return fd;
}

static ssize_t receive(int fd, void *buffer, size_t size, int flags)
{
	ssize_t received = recv(fd, buffer, size, flags);

	if (received < 0 && errno != EAGAIN)
		die("receive");
	return received;
}

/* Reads the answers so far and keeps the latest acknowledgement. An error ends the program. */
static void drain(int fd)
{
	static _Alignas(NLMSG_ALIGNTO) uint8_t answers[BATCH_SIZE];
	ssize_t size;

	while ((size = receive(fd, answers, sizeof answers, MSG_DONTWAIT)) > 0) {
		size_t left = (size_t)size;
		const uint8_t *at = answers;
		const struct nlmsghdr *message;

		while ((message = message_at(at, left)) != NULL) {
			const struct nlmsgerr *error = NLMSG_DATA(message);
			size_t step = message_step(message, left);

			if (message->nlmsg_type == NLMSG_ERROR) {
				errno = -error->error;
				if (error->error != 0)
					die("the kernel refused a request");
				acknowledged = message->nlmsg_seq;
			}
			at += step;
			left -= step;
		}
	}
}

static void flush(int fd)
{
	if (batched > 0 && send(fd, batch, batched, 0) != (ssize_t)batched)
		die("send");
	batched = 0;
	drain(fd);
}

static struct culvert_writer request(int fd, uint16_t type, uint16_t flags, const void *header, uint32_t header_size)
{
	struct culvert_writer w;

	if (batched + MESSAGE_MAX > sizeof batch)
		flush(fd);
	w = (struct culvert_writer){.bytes = batch + batched, .size = MESSAGE_MAX};
	message_begin(&w, type, NLM_F_REQUEST | flags, header, header_size);
	return w;
}

static void end_request(const struct culvert_writer *w)
{
	uint32_t length = message_end(w);

	if (length == 0)
		die("a request exceeds its buffer");
	((struct nlmsghdr *)w->bytes)->nlmsg_seq = ++sequence;
	batched += length;
}

/* Sends the rest. The last request asks for an acknowledgement; the kernel works in order. */
static void finish(int fd)
{
	static const struct ifinfomsg header = {0};
	struct culvert_writer w = request(fd, RTM_GETLINK, NLM_F_ACK, &header, sizeof header);

	message_put(&w, IFLA_IFNAME, "lo", 3);
	end_request(&w);
	flush(fd);
	/* The kernel answers inside send(2). */
	if (acknowledged != sequence)
		die("the last acknowledgement is lost");
}

static void put_nexthop(int fd, uint32_t id, uint32_t gateway, int device, uint16_t flags)
{
	static const struct nhmsg header = {.nh_family = AF_INET, .nh_protocol = PROTOCOL, .nh_flags = RTNH_F_ONLINK};
	struct culvert_writer w = request(fd, RTM_NEWNEXTHOP, NLM_F_CREATE | flags, &header, sizeof header);

	message_put_u32(&w, NHA_ID, id);
	message_put_u32(&w, NHA_GATEWAY, htonl(gateway));
	message_put_u32(&w, NHA_OIF, (uint32_t)device);
	end_request(&w);
}

static void delete_nexthop(int fd, uint32_t id)
{
	static const struct nhmsg header = {0};
	struct culvert_writer w = request(fd, RTM_DELNEXTHOP, 0, &header, sizeof header);

	message_put_u32(&w, NHA_ID, id);
	end_request(&w);
}

static struct culvert_writer route_request(int fd, uint16_t type, uint16_t flags, uint32_t prefix, uint8_t protocol)
{
	const struct rtmsg header = {
		.rtm_family = AF_INET,
		.rtm_dst_len = 26,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = protocol,
		.rtm_type = RTN_UNICAST,
		.rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE,
	};
	struct culvert_writer w = request(fd, type, flags, &header, sizeof header);

	message_put_u32(&w, RTA_DST, htonl(prefix));
	return w;
}

static void delete_route(int fd, uint32_t prefix, uint8_t protocol)
{
	struct culvert_writer w = route_request(fd, RTM_DELROUTE, 0, prefix, protocol);

	end_request(&w);
}

static uint32_t prefix_of(uint32_t route)
{
	return FIRST_ROUTE + (route << 6);
}

static void put_route(int fd, uint32_t prefix, uint32_t nexthop, uint16_t flags)
{
	struct culvert_writer w = route_request(fd, RTM_NEWROUTE, NLM_F_CREATE | flags, prefix, PROTOCOL);

	message_put_u32(&w, RTA_NH_ID, nexthop);
	end_request(&w);
}

static int device_index(const char *name)
{
	unsigned int index = if_nametoindex(name);

	if (index == 0)
		die(name);
	return (int)index;
}

/* All routes, by next hops on `device` whose ids start at `first`. */
static void put_table(int fd, uint32_t routes, uint32_t peers, int device, uint32_t first, uint16_t flags)
{
	for (uint32_t peer = 0; peer < peers; peer++)
		put_nexthop(fd, first + peer, FIRST_PEER + peer, device, NLM_F_EXCL);
	for (uint32_t route = 0; route < routes; route++)
		put_route(fd, prefix_of(route), first + route % peers, flags);
}

static void install(uint32_t routes, uint32_t peers, const char *device)
{
	int fd = open_socket(0);
	int index = device_index(device);
	uint64_t start = now_nanos();

	put_table(fd, routes, peers, index, 1, NLM_F_EXCL);
	finish(fd);
	print_milliseconds(start);
}

/* Moves every route to a next hop on the other device, `times`, and deletes the next hops it leaves. */
static void replace(uint32_t routes, uint32_t peers, const char *from, const char *to, uint32_t times)
{
	int fd = open_socket(0);
	int devices[] = {device_index(from), device_index(to)};
	uint32_t first = 1 + peers;

	put_table(fd, routes, peers, devices[0], 1, NLM_F_EXCL);
	finish(fd);
	for (uint32_t time = 1; time <= times; time++) {
		uint64_t start = now_nanos();

		put_table(fd, routes, peers, devices[time % 2], first, NLM_F_REPLACE);
		first = 2 + peers - first;
		for (uint32_t peer = 0; peer < peers; peer++)
			delete_nexthop(fd, first + peer);
		finish(fd);
		print_milliseconds(start);
	}
}

static void remove_all(uint32_t routes, uint32_t peers)
{
	int fd = open_socket(0);

	for (uint32_t route = 0; route < routes; route++)
		delete_route(fd, prefix_of(route), PROTOCOL);
	for (uint32_t peer = 0; peer < peers; peer++)
		delete_nexthop(fd, 1 + peer);
	finish(fd);
}

struct event {
	uint16_t type;
	uint32_t prefix;  /* host byte order */
	uint32_t nexthop; /* 0 = none */
	uint8_t protocol;
};

static struct event parse_event(const struct nlmsghdr *message)
{
	static const struct culvert_policy policy[] = {{RTA_DST, 4}, {RTA_NH_ID, 4}};
	struct event event = {0};
	const struct nlattr *found[2];
	const struct rtmsg *route = NLMSG_DATA(message);
	size_t size;
	const void *attributes;

	if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE)
		return event;
	attributes = message_attributes(message, sizeof *route, &size);
	if (attributes == NULL || !attributes_find(attributes, size, policy, 2, found) ||
	    route->rtm_table != RT_TABLE_MAIN)
		return event;
	event.type = message->nlmsg_type;
	event.prefix = found[0] == NULL ? 0 : ntohl(attribute_u32(found[0]));
	event.nexthop = found[1] == NULL ? 0 : attribute_u32(found[1]);
	event.protocol = route->rtm_protocol;
	return event;
}

/* Calls back for each announcement until that returns true. */
static void listen_to(int fd, bool (*on_event)(const struct event *event, void *context), void *context)
{
	static _Alignas(NLMSG_ALIGNTO) uint8_t datagram[BATCH_SIZE];

	for (;;) {
		size_t left = (size_t)receive(fd, datagram, sizeof datagram, 0);
		const uint8_t *at = datagram;
		const struct nlmsghdr *message;

		while ((message = message_at(at, left)) != NULL) {
			struct event event = parse_event(message);
			size_t step = message_step(message, left);

			if (event.type != 0 && on_event(&event, context))
				return;
			at += step;
			left -= step;
		}
	}
}

static bool put_back(const struct event *event, void *context)
{
	int fd = *(int *)context;

	if (event->type == RTM_DELROUTE && event->protocol == PROTOCOL) {
		put_route(fd, event->prefix, event->nexthop, NLM_F_EXCL);
		flush(fd);
	}
	return false;
}

static void repair(void)
{
	int fd = open_socket(0);

	puts("ready");
	fflush(stdout);
	listen_to(open_socket(RTMGRP_IPV4_ROUTE), put_back, &fd);
}

static bool is_back(const struct event *event, void *prefix)
{
	return event->type == RTM_NEWROUTE && event->prefix == *(uint32_t *)prefix;
}

/* Deletes one route after another, of any protocol, and times each until it is announced again. */
static void probe(uint32_t times, uint32_t routes, uint32_t pause_millis)
{
	int fd = open_socket(0);
	int events = open_socket(RTMGRP_IPV4_ROUTE);

	srandom(1);
	for (uint32_t time = 0; time < times; time++) {
		uint32_t prefix = prefix_of((uint32_t)random() % routes);
		uint64_t start;

		usleep((pause_millis + (uint32_t)random() % pause_millis) * 1000);
		delete_route(fd, prefix, RTPROT_UNSPEC);
		start = now_nanos();
		flush(fd);
		listen_to(events, is_back, &prefix);
		print_milliseconds(start);
	}
}

static bool print_event(const struct event *event, void *context)
{
	const struct in_addr address = {htonl(event->prefix)};

	(void)context;
	printf("%llu %c %s\n", (unsigned long long)now_nanos(), event->type == RTM_NEWROUTE ? '+' : '-',
	       inet_ntoa(address));
	return false;
}

/* Prints a line per announcement: time, + or -, address of the prefix. */
static void events(void)
{
	int fd = open_socket(RTMGRP_IPV4_ROUTE);

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	listen_to(fd, print_event, NULL);
}

struct count {
	uint32_t wanted;
	uint8_t protocol;
};

static bool counted(const struct event *event, void *context)
{
	struct count *count = context;

	return event->type == RTM_NEWROUTE && event->protocol == count->protocol && --count->wanted == 0;
}

/* Prints "ready", then the clock's milliseconds when that many routes of a protocol have been announced. */
static void await_routes(uint32_t wanted, uint8_t protocol)
{
	int fd = open_socket(RTMGRP_IPV4_ROUTE);
	struct count count = {wanted, protocol};

	puts("ready");
	fflush(stdout);
	listen_to(fd, counted, &count);
	print_milliseconds(0);
}

/* Changes the gateway of one peer's next hop, `times`. */
static void switch_peer(uint32_t times, const char *device)
{
	int fd = open_socket(0);
	int index = device_index(device);

	for (uint32_t time = 0; time < times; time++) {
		uint64_t start = now_nanos();

		put_nexthop(fd, 1, FIRST_PEER + time % 2 * 0x10000u, index, NLM_F_REPLACE);
		flush(fd);
		print_milliseconds(start);
	}
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int main(int count, char **words)
{
	const char *what = count > 1 ? words[1] : "";

	if (!strcmp(what, "install") && count == 5)
		install(number(words[2]), number(words[3]), words[4]);
	else if (!strcmp(what, "replace") && count == 7)
		replace(number(words[2]), number(words[3]), words[4], words[5], number(words[6]));
	else if (!strcmp(what, "remove") && count == 4)
		remove_all(number(words[2]), number(words[3]));
	else if (!strcmp(what, "repair") && count == 2)
		repair();
	else if (!strcmp(what, "probe") && count == 5)
		probe(number(words[2]), number(words[3]), number(words[4]));
	else if (!strcmp(what, "events") && count == 2)
		events();
	else if (!strcmp(what, "await") && count == 4)
		await_routes(number(words[2]), (uint8_t)number(words[3]));
	else if (!strcmp(what, "switch") && count == 4)
		switch_peer(number(words[2]), words[3]);
	else if (!strcmp(what, "clock") && count == 2)
		print_milliseconds(0);
	else {
		fputs("usage: baseline install ROUTES PEERS DEVICE\n"
		      "     | replace ROUTES PEERS DEVICE DEVICE TIMES\n"
		      "     | remove ROUTES PEERS\n"
		      "     | repair\n"
		      "     | probe TIMES ROUTES PAUSE_MS\n"
		      "     | events\n"
		      "     | await ROUTES PROTOCOL\n"
		      "     | switch TIMES DEVICE\n"
		      "     | clock\n",
		      stderr);
		return 2;
	}
	return 0;
}
