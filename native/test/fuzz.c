/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds mutated datagrams to every parser. The seed is fixed, so failures repeat; an argument sets another. Each datagram
 * ends its allocation, so that the sanitized build finds a read past it.
 */
#include "limit.h"
#include "message.h"
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define ROUNDS 1000000
#define SEQUENCE 7
#define DATAGRAM_SIZE 1024
#define CAPACITY 3

#define DEMAND(condition)                                                                                            \
	do {                                                                                                         \
		if (!(condition)) {                                                                                  \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                              \
			abort();                                                                                     \
		}                                                                                                    \
	} while (0)

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % bound;
}

static const uint16_t message_types[] = {
	RTM_NEWLINK,
	RTM_DELLINK,
	RTM_NEWADDR,
	RTM_DELADDR,
	RTM_NEWROUTE,
	RTM_DELROUTE,
	RTM_NEWNEXTHOP,
	RTM_DELNEXTHOP,
	NLMSG_DONE,
	NLMSG_ERROR,
	NLMSG_NOOP,
	NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE,
	NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE,
	NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN,
	NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
};

static void put_random(struct culvert_writer *w)
{
	uint8_t payload[32];
	uint32_t size = random_below(4) ? 4 : random_below(sizeof payload);

	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)random_below(256);
	message_put(w, (uint16_t)random_below(32), payload, size);
}

/* Kind ipip reaches the innermost parser. */
static void put_linkinfo(struct culvert_writer *w)
{
	struct nlattr *info = message_nest(w, IFLA_LINKINFO), *data;

	message_put(w, IFLA_INFO_KIND, "ipip", 4);
	data = message_nest(w, IFLA_INFO_DATA);
	for (uint32_t i = random_below(8); i > 0; i--)
		put_random(w);
	message_nest_end(w, data);
	message_nest_end(w, info);
}

static void put_prefix(struct culvert_writer *w)
{
	uint32_t prefix = random_below(4) ? UINT32_MAX << random_below(32) : random_below(UINT32_MAX);

	message_put_u32(w, RTA_DST, htonl(prefix));
}

static void write_link(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	const struct ifinfomsg header = {.ifi_index = (int)random_below(8) - 1};

	message_begin(w, type, flags, &header, sizeof header);
	put_linkinfo(w);
}

static void write_address(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	const struct ifaddrmsg header = {
		.ifa_family = AF_INET, .ifa_prefixlen = (uint8_t)random_below(36), .ifa_index = random_below(8)};

	message_begin(w, type, flags, &header, sizeof header);
}

static void write_nexthop(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	const struct nhmsg header = {.nh_family = AF_INET};

	message_begin(w, type, flags, &header, sizeof header);
	message_put_u32(w, NHA_ID, random_below(8));
}

/* An exception has an MTU of its own. */
static void write_route(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	const struct rtmsg header = {.rtm_family = AF_INET,
				     .rtm_table = RT_TABLE_MAIN,
				     .rtm_dst_len = (uint8_t)random_below(36),
				     .rtm_flags = random_below(2) ? RTM_F_CLONED : 0};
	struct nlattr *metrics;

	message_begin(w, type, flags, &header, sizeof header);
	if (random_below(4))
		put_prefix(w);
	if (header.rtm_flags & RTM_F_CLONED) {
		metrics = message_nest(w, RTA_METRICS);
		message_put_u32(w, RTAX_MTU, random_below(3));
		put_random(w);
		message_nest_end(w, metrics);
	}
}

static void write_error(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	const struct nlmsgerr header = {.error = -(int)random_below(random_below(8) ? 200 : 8192)};

	message_begin(w, type, flags | NLM_F_ACK_TLVS, &header, sizeof header);
}

static void write_other(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	static const uint8_t header[8] = {AF_INET};

	message_begin(w, type, flags, header, sizeof header);
}

static void put_tuple(struct culvert_writer *w, uint16_t type)
{
	struct nlattr *tuple = message_nest(w, type), *ip = message_nest(w, CTA_TUPLE_IP);

	message_put_u32(w, CTA_IP_V4_SRC, random_below(UINT32_MAX));
	for (uint32_t i = random_below(3); i > 0; i--)
		put_random(w);
	message_nest_end(w, ip);
	message_nest_end(w, tuple);
}

static void write_flow(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	static const struct nfgenmsg header = {.nfgen_family = AF_INET};

	message_begin(w, type, flags, &header, sizeof header);
	put_tuple(w, CTA_TUPLE_ORIG);
	put_tuple(w, CTA_TUPLE_REPLY);
	message_put_u32(w, CTA_STATUS, random_below(UINT32_MAX));
	message_put_u32(w, CTA_ID, random_below(UINT32_MAX));
}

static void write_message(struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	switch (type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		write_link(w, type, flags);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		write_address(w, type, flags);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		write_route(w, type, flags);
		break;
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		write_nexthop(w, type, flags);
		break;
	case NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW:
		write_flow(w, type, flags);
		break;
	case NLMSG_ERROR:
		write_error(w, type, flags);
		break;
	default:
		write_other(w, type, flags);
	}
	for (uint32_t i = random_below(6); i > 0; i--)
		put_random(w);
}

/* Adds a message; one that does not fit is left out. */
static size_t add_message(uint8_t *at, size_t size)
{
	uint16_t type = message_types[random_below(sizeof message_types / sizeof message_types[0])];
	uint16_t flags = random_below(8) ? NLM_F_MULTI : (uint16_t)random_below(65536);
	struct culvert_writer w = {.bytes = at, .size = size};

	write_message(&w, type, flags);
	if (!w.overflow)
		((struct nlmsghdr *)at)->nlmsg_seq = SEQUENCE + random_below(4) / 3;
	return message_end(&w);
}

static void mutate(uint8_t *bytes, size_t size)
{
	for (uint32_t i = random_below(6); i > 0; i--)
		bytes[random_below((uint32_t)size)] = (uint8_t)random_below(random_below(2) ? 256 : 20);
}

static void check_route(const struct culvert_route *route)
{
	DEMAND(route->prefix_length <= 32);
	DEMAND(route->prefix_length == 32 || route->prefix << route->prefix_length == 0);
}

/* The ranges that culvert_netlink.h promises. */
static void check_record(uint32_t table, const void *record)
{
	const struct culvert_link *link = record;
	const struct culvert_address *address = record;
	const struct culvert_nexthop *nexthop = record;
	const struct culvert_path *path = record;

	switch (table) {
	case CULVERT_TABLE_LINK:
		DEMAND(link->index > 0);
		DEMAND(memchr(link->name, 0, sizeof link->name) != NULL);
		DEMAND(memchr(link->kind, 0, sizeof link->kind) != NULL);
		break;
	case CULVERT_TABLE_ADDRESS:
		DEMAND(address->index > 0 && address->prefix_length <= 32);
		break;
	case CULVERT_TABLE_NEXTHOP:
		DEMAND(nexthop->id > 0);
		break;
	case CULVERT_TABLE_PATH:
		DEMAND(path->mtu > 0);
		break;
	default:
		check_route(record);
	}
}

static void read_dump(uint32_t table, const uint8_t *datagram, size_t size)
{
	struct culvert_link records[CAPACITY];
	struct culvert_cursor cursor = {0, 0}, before;
	bool done = false;
	int count;

	do {
		before = cursor;
		count = culvert_parse_dump(table, SEQUENCE, datagram, &cursor, size, records, CAPACITY, &done);
		DEMAND(-ERRNO_MAX <= count && count <= CAPACITY && cursor.at <= size && cursor.at >= before.at);
		DEMAND(count < 0 || done || cursor.at == size || cursor.at > before.at || cursor.hop > before.hop);
		for (int i = 0; i < count; i++)
			check_record(table, (uint8_t *)records + (size_t)i * culvert_record_size(table));
	} while (count > 0 && !done);
}

/* A flow's request has no room beyond the message that it came from. */
static void read_flows(const uint8_t *datagram, size_t size)
{
	static _Alignas(NLMSG_ALIGNTO) uint8_t request[2 * DATAGRAM_SIZE];
	struct culvert_flow flow;
	size_t cursor = 0;

	while (cursor < size) {
		const struct nlmsghdr *message = message_at(datagram + cursor, size - cursor);
		int parsed;

		if (message == NULL)
			return;
		cursor += message_step(message, size - cursor);
		parsed = culvert_parse_flow(message, &flow);
		DEMAND(parsed == 0 || parsed == 1 || parsed == -EBADMSG);
		if (parsed == 1) {
			uint32_t length = culvert_encode_flow_delete(&flow, request, sizeof request);

			DEMAND(length > 0 && length <= NLMSG_ALIGN(message->nlmsg_len));
		}
	}
}

static void read_all(const uint8_t *datagram, size_t size)
{
	static const struct culvert_interest interest = {.protocol = 0, .nft_table = "culvert"};
	static struct culvert_lost lost;
	struct culvert_result results[2] = {{0}, {0}};
	bool last;

	read_flows(datagram, size);
	for (uint32_t table = CULVERT_TABLE_LINK; table <= CULVERT_TABLE_PATH; table++)
		read_dump(table, datagram, size);
	culvert_parse_acks(datagram, size, SEQUENCE, SEQUENCE + 1, results, &last);
	for (int i = 0; i < 2; i++) {
		DEMAND(results[i].error >= 0 && results[i].error <= ERRNO_MAX);
		DEMAND(memchr(results[i].text, 0, sizeof results[i].text) != NULL);
	}
	lost.count = 0;
	DEMAND(culvert_route_news(&interest, datagram, size, &lost) < CULVERT_WOKEN);
	DEMAND(lost.count <= CULVERT_LOST_MAX);
	for (uint32_t i = 0; i < lost.count; i++)
		check_route(&lost.routes[i]);
	DEMAND((culvert_nft_news(&interest, datagram, size) & CULVERT_WOKEN) == 0);
}

int main(int argc, char **argv)
{
	_Alignas(16) static uint8_t draft[DATAGRAM_SIZE];

	limit_time(300);
	random_state = argc > 1 ? strtoull(argv[1], NULL, 0) | 1 : 20191121;
	for (int round = 0; round < ROUNDS; round++) {
		size_t size = 0;
		uint8_t *datagram;

		for (uint32_t i = 1 + random_below(3); i > 0; i--)
			size += add_message(draft + size, sizeof draft - size);
		mutate(draft, size);
		if (random_below(4) == 0)
			size = random_below((uint32_t)size + 1);
		datagram = malloc(size > 0 ? size : 1);
		DEMAND(datagram != NULL);
		memcpy(datagram, draft, size);
		read_all(datagram, size);
		free(datagram);
	}
	printf("%d mutated datagrams parsed\n", ROUNDS);
	return 0;
}
