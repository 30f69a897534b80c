/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutated datagrams for every parser. The seed is fixed, so a failure repeats; each datagram lies at the very end of its
 * allocation, so that the sanitized build sees a read past it. An argument sets another seed.
 */
#include "message.h"
#include "socket.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define ROUNDS 1000000
#define SEQUENCE 7
#define SIZE_MAX_BYTES 1024
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
};

static void put_random(struct nlmsghdr *message)
{
	uint8_t payload[32];
	uint16_t size = (uint16_t)(random_below(4) ? 4 : random_below(sizeof payload));

	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)random_below(256);
	message_put(message, (uint16_t)random_below(32), payload, size);
}

static void put_prefix(struct nlmsghdr *message, uint8_t *length)
{
	uint32_t prefix = random_below(4) ? htonl(UINT32_MAX << random_below(32)) : random_below(UINT32_MAX);

	*length = (uint8_t)random_below(36);
	message_put_u32(message, RTA_DST, prefix);
}

/* A link that says it is ipip, so that the innermost parser is reached. */
static void put_linkinfo(struct nlmsghdr *message)
{
	struct nlattr *info = message_nest(message, IFLA_LINKINFO), *data;

	message_put(message, IFLA_INFO_KIND, "ipip", 4);
	data = message_nest(message, IFLA_INFO_DATA);
	for (uint32_t i = random_below(8); i > 0; i--)
		put_random(message);
	message_nest_end(message, data);
	message_nest_end(message, info);
}

static size_t add_message(uint8_t *at)
{
	struct nlmsghdr *message = (struct nlmsghdr *)at;
	uint16_t type = message_types[random_below(sizeof message_types / sizeof message_types[0])];

	memset(message, 0, 64);
	message->nlmsg_type = type;
	message->nlmsg_flags = random_below(8) ? NLM_F_MULTI : (uint16_t)random_below(65536);
	message->nlmsg_seq = SEQUENCE + random_below(4) / 3;
	switch (type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		message->nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
		((struct ifinfomsg *)NLMSG_DATA(message))->ifi_index = (int)random_below(8) - 1;
		put_linkinfo(message);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		message->nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg));
		((struct ifaddrmsg *)NLMSG_DATA(message))->ifa_family = AF_INET;
		((struct ifaddrmsg *)NLMSG_DATA(message))->ifa_prefixlen = (uint8_t)random_below(36);
		((struct ifaddrmsg *)NLMSG_DATA(message))->ifa_index = random_below(8);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		message->nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg));
		((struct rtmsg *)NLMSG_DATA(message))->rtm_family = AF_INET;
		((struct rtmsg *)NLMSG_DATA(message))->rtm_table = RT_TABLE_MAIN;
		if (random_below(4))
			put_prefix(message, &((struct rtmsg *)NLMSG_DATA(message))->rtm_dst_len);
		else
			((struct rtmsg *)NLMSG_DATA(message))->rtm_dst_len = (uint8_t)random_below(36);
		break;
	case NLMSG_ERROR:
		message->nlmsg_flags |= NLM_F_ACK_TLVS;
		message->nlmsg_len = NLMSG_LENGTH(sizeof(struct nlmsgerr));
		((struct nlmsgerr *)NLMSG_DATA(message))->error = -(int)random_below(random_below(8) ? 200 : 8192);
		break;
	default:
		message->nlmsg_len = NLMSG_LENGTH(8);
		*(uint8_t *)NLMSG_DATA(message) = AF_INET;
	}
	for (uint32_t i = random_below(6); i > 0; i--)
		put_random(message);
	return message->nlmsg_len;
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

/* What culvert_netlink.h says of every record. */
static void check_record(uint32_t table, const void *record)
{
	const struct culvert_link *link = record;
	const struct culvert_address *address = record;
	const struct culvert_nexthop *nexthop = record;

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
	default:
		check_route(record);
	}
}

static void read_dump(uint32_t table, const uint8_t *datagram, size_t size)
{
	struct culvert_link records[CAPACITY];
	size_t cursor = 0, before;
	bool done = false;
	int count;

	do {
		before = cursor;
		count = culvert_parse_dump(table, SEQUENCE, datagram, &cursor, size, records, CAPACITY, &done);
		DEMAND(-ERRNO_MAX <= count && count <= CAPACITY && cursor <= size && cursor >= before);
		DEMAND(count < 0 || done || cursor == size || cursor > before);
		for (int i = 0; i < count; i++)
			check_record(table, (uint8_t *)records + (size_t)i * culvert_record_size(table));
	} while (count > 0 && !done);
}

static void read_all(const uint8_t *datagram, size_t size)
{
	static const struct culvert_interest interest = {.protocol = 0, .nft_table = "culvert"};
	static struct culvert_lost lost;
	struct culvert_result results[2] = {{0}, {0}};
	bool last;

	for (uint32_t table = CULVERT_TABLE_LINK; table <= CULVERT_TABLE_ROUTE; table++)
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
	DEMAND(culvert_nft_news(&interest, datagram, size) < CULVERT_WOKEN);
}

int main(int argc, char **argv)
{
	_Alignas(16) static uint8_t draft[SIZE_MAX_BYTES * 2];

	random_state = argc > 1 ? strtoull(argv[1], NULL, 0) | 1 : 20191121;
	for (int round = 0; round < ROUNDS; round++) {
		size_t size = 0;
		uint8_t *datagram;

		for (uint32_t i = 1 + random_below(3); i > 0 && size < SIZE_MAX_BYTES; i--)
			size += add_message(draft + size);
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
