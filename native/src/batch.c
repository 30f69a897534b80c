/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: operations become requests, many to a sendmsg(2), and acknowledgements become results. */
#include "message.h"
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

/* Starts a request with a zeroed header of `size` bytes and returns that header. */
static void *begin(struct nlmsghdr *message, uint16_t type, uint16_t flags, uint32_t size)
{
	memset(message, 0, NLMSG_SPACE(size));
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_len = NLMSG_LENGTH(size);
	return NLMSG_DATA(message);
}

static void put_ipv4(struct nlmsghdr *message, uint16_t type, uint32_t address)
{
	message_put_u32(message, type, htonl(address));
}

static const char *invalid(bool fault, const char *reason)
{
	return fault ? reason : NULL;
}

/* Everything an ipip device is configured by: the kernel resets what a change does not name (ipip.c, ipip_netlink_parms()). */
static void put_tunnel(struct nlmsghdr *message, const struct culvert_op *op)
{
	struct nlattr *info = message_nest(message, IFLA_LINKINFO);
	struct nlattr *data;

	message_put(message, IFLA_INFO_KIND, "ipip", sizeof "ipip" - 1);
	data = message_nest(message, IFLA_INFO_DATA);
	put_ipv4(message, IFLA_IPTUN_LOCAL, op->link.local);
	message_put_u8(message, IFLA_IPTUN_PMTUDISC, op->link.pmtudisc);
	message_put_u8(message, IFLA_IPTUN_TTL, 0);
	message_put_u8(message, IFLA_IPTUN_PROTO, IPPROTO_IPIP);
	message_nest_end(message, data);
	message_nest_end(message, info);
}

static void set_up(struct ifinfomsg *header, const struct culvert_op *op)
{
	header->ifi_change = IFF_UP;
	header->ifi_flags = op->link.up ? IFF_UP : 0;
}

static const char *encode_link_create(const struct culvert_op *op, struct nlmsghdr *message)
{
	size_t length = strnlen(op->link.name, CULVERT_NAME_SIZE);
	struct ifinfomsg *header;

	if (length == 0 || length == CULVERT_NAME_SIZE)
		return "a device name has 1 to 15 bytes";
	header = begin(message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *header);
	set_up(header, op);
	message_put(message, IFLA_IFNAME, op->link.name, (uint16_t)(length + 1));
	if (op->link.mtu > 0)
		message_put_u32(message, IFLA_MTU, op->link.mtu);
	put_tunnel(message, op);
	return NULL;
}

static const char *encode_link_set(const struct culvert_op *op, struct nlmsghdr *message)
{
	struct ifinfomsg *header;

	if (op->link.index <= 0)
		return "a device index is above 0";
	if (op->set == 0 || op->set & ~(CULVERT_SET_MTU | CULVERT_SET_UP | CULVERT_SET_TUNNEL))
		return "set names no known property";
	header = begin(message, RTM_NEWLINK, 0, sizeof *header);
	header->ifi_index = op->link.index;
	if (op->set & CULVERT_SET_UP)
		set_up(header, op);
	if (op->set & CULVERT_SET_MTU)
		message_put_u32(message, IFLA_MTU, op->link.mtu);
	if (op->set & CULVERT_SET_TUNNEL)
		put_tunnel(message, op);
	return NULL;
}

static const char *encode_link_delete(const struct culvert_op *op, struct nlmsghdr *message)
{
	struct ifinfomsg *header;

	if (op->link.index <= 0)
		return "a device index is above 0";
	header = begin(message, RTM_DELLINK, 0, sizeof *header);
	header->ifi_index = op->link.index;
	return NULL;
}

static const char *encode_address(const struct culvert_op *op, struct nlmsghdr *message, uint16_t type, uint16_t flags)
{
	struct ifaddrmsg *header = begin(message, type, flags, sizeof *header);

	header->ifa_family = AF_INET;
	header->ifa_prefixlen = op->address.prefix_length;
	header->ifa_index = (uint32_t)op->address.index;
	put_ipv4(message, IFA_LOCAL, op->address.address);
	put_ipv4(message, IFA_ADDRESS, op->address.address);
	return invalid(op->address.prefix_length > 32, "a prefix length is at most 32");
}

static const char *encode_nexthop(const struct culvert_op *op, struct nlmsghdr *message)
{
	struct nhmsg *header = begin(message, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL, sizeof *header);

	header->nh_family = AF_INET;
	header->nh_protocol = op->nexthop.protocol;
	header->nh_flags = op->nexthop.onlink ? RTNH_F_ONLINK : 0;
	message_put_u32(message, NHA_ID, op->nexthop.id);
	message_put_u32(message, NHA_OIF, (uint32_t)op->nexthop.index);
	if (op->nexthop.gateway != 0)
		put_ipv4(message, NHA_GATEWAY, op->nexthop.gateway);
	/* With id 0 the kernel would choose one. */
	return invalid(op->nexthop.id == 0, "a next-hop id is above 0");
}

/* The kernel accepts nothing but the id here (nexthop.c, nh_valid_get_del_req()). */
static const char *encode_nexthop_delete(const struct culvert_op *op, struct nlmsghdr *message)
{
	begin(message, RTM_DELNEXTHOP, 0, sizeof(struct nhmsg));
	message_put_u32(message, NHA_ID, op->nexthop.id);
	return invalid(op->nexthop.id == 0, "a next-hop id is above 0");
}

static struct rtmsg *begin_route(const struct culvert_op *op, struct nlmsghdr *message, uint16_t type, uint16_t flags)
{
	struct rtmsg *header = begin(message, type, flags, sizeof *header);

	header->rtm_family = AF_INET;
	header->rtm_dst_len = op->route.prefix_length;
	header->rtm_table = RT_TABLE_MAIN;
	header->rtm_type = op->route.type;
	header->rtm_protocol = op->route.protocol;
	put_ipv4(message, RTA_DST, op->route.prefix);
	if (op->route.nexthop != 0)
		message_put_u32(message, RTA_NH_ID, op->route.nexthop);
	if (op->route.metric != 0)
		message_put_u32(message, RTA_PRIORITY, op->route.metric);
	return header;
}

static const char *encode_route(const struct culvert_op *op, struct nlmsghdr *message, uint16_t flags)
{
	begin_route(op, message, RTM_NEWROUTE, flags)->rtm_scope = RT_SCOPE_UNIVERSE;
	switch (op->route.type) {
	case RTN_UNICAST:
		return invalid(op->route.nexthop == 0, "a unicast route needs a next-hop id");
	case RTN_BLACKHOLE:
		return invalid(op->route.nexthop != 0, "a blackhole has no next hop");
	default:
		return "a route is unicast or blackhole";
	}
}

/*
 * Zero would be a wildcard for type and protocol (fib_trie.c, fib_table_delete()), and the law is to delete only what is
 * ours. RT_SCOPE_NOWHERE matches any scope.
 */
static const char *encode_route_delete(const struct culvert_op *op, struct nlmsghdr *message)
{
	begin_route(op, message, RTM_DELROUTE, 0)->rtm_scope = RT_SCOPE_NOWHERE;
	return invalid(op->route.type == 0 || op->route.protocol == 0, "a delete names type and protocol");
}

static const char *encode(const struct culvert_op *op, struct nlmsghdr *message)
{
	switch (op->kind) {
	case CULVERT_LINK_CREATE:
		return encode_link_create(op, message);
	case CULVERT_LINK_SET:
		return encode_link_set(op, message);
	case CULVERT_LINK_DELETE:
		return encode_link_delete(op, message);
	case CULVERT_ADDRESS_ADD:
		return encode_address(op, message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	case CULVERT_ADDRESS_DELETE:
		return encode_address(op, message, RTM_DELADDR, 0);
	case CULVERT_NEXTHOP_ADD:
		return encode_nexthop(op, message);
	case CULVERT_NEXTHOP_DELETE:
		return encode_nexthop_delete(op, message);
	case CULVERT_ROUTE_ADD:
		return encode_route(op, message, NLM_F_CREATE | NLM_F_EXCL);
	case CULVERT_ROUTE_REPLACE:
		return encode_route(op, message, NLM_F_CREATE | NLM_F_REPLACE);
	case CULVERT_ROUTE_DELETE:
		return encode_route_delete(op, message);
	default:
		return "no such operation";
	}
}

/* Only the first byte of the text is written: a batch has many results and few texts. */
static void set_pending(struct culvert_result *result)
{
	result->error = EINPROGRESS;
	result->offset = 0;
	result->text[0] = '\0';
}

uint32_t culvert_encode(const struct culvert_op *op, struct nlmsghdr *message, struct culvert_result *result)
{
	const char *fault = encode(op, message);

	if (fault == NULL)
		return message->nlmsg_len;
	result->error = EINVAL;
	snprintf(result->text, sizeof result->text, "%s", fault);
	return 0;
}

/* The kernel's words behind a failure: they follow the error, or the request it quotes (netlink.h, struct nlmsgerr). */
static bool parse_words(const struct nlmsghdr *message, const struct nlmsgerr *error, struct culvert_result *result)
{
	enum { MSG, OFFS };
	static const struct culvert_policy policy[] = {
		[MSG] = {NLMSGERR_ATTR_MSG, 1},
		[OFFS] = {NLMSGERR_ATTR_OFFS, 4},
	};
	const struct nlattr *found[2];
	size_t size, quoted = 0;
	const uint8_t *words = message_attributes(message, sizeof *error, &size);

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return true;
	if (!(message->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof error->msg)
		quoted = NLMSG_ALIGN(error->msg.nlmsg_len) - sizeof error->msg;
	if (words == NULL || quoted > size || !attributes_find(words + quoted, size - quoted, policy, 2, found))
		return false;
	if (found[MSG] != NULL)
		attribute_text(found[MSG], result->text, sizeof result->text);
	if (found[OFFS] != NULL)
		result->offset = attribute_u32(found[OFFS]);
	return true;
}

/* A warning comes with success; it is nobody's failure, so its text is dropped. */
static bool parse_ack(const struct nlmsghdr *message, struct culvert_result *result)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof *error) || error->error > 0 || error->error < -ERRNO_MAX)
		return false;
	result->error = -error->error;
	return error->error == 0 || parse_words(message, error, result);
}

int culvert_parse_acks(const uint8_t *datagram, size_t size, uint32_t first_sequence, uint32_t last_sequence,
		       struct culvert_result *results, bool *ret_last)
{
	size_t cursor = 0;

	*ret_last = false;
	while (cursor < size) {
		const struct nlmsghdr *message = message_at(datagram + cursor, size - cursor);

		if (message == NULL)
			return -EBADMSG;
		cursor += message_step(message, size - cursor);
		/* Unsigned distances, so that sequence numbers may wrap around. */
		if (message->nlmsg_type != NLMSG_ERROR ||
		    message->nlmsg_seq - first_sequence > last_sequence - first_sequence)
			continue;
		if (!parse_ack(message, &results[message->nlmsg_seq - first_sequence]))
			return -EBADMSG;
		if (message->nlmsg_seq == last_sequence)
			*ret_last = true;
	}
	return 0;
}

/* One sendmsg(2): the operations from `first` on that fit, and how they ended. */
struct round {
	uint32_t first; /* operation */
	uint32_t next;	/* the first operation of the next round */
	uint32_t size;	/* bytes to send */
	uint32_t last_sequence;
};

/* Operation i has the sequence number base + i, sent or not. */
static struct round fill(struct culvert_socket *s, const struct culvert_op *ops, uint32_t count, uint32_t first,
			 uint32_t base, struct culvert_result *results)
{
	struct round round = {.first = first, .next = first};
	struct nlmsghdr *last = NULL;

	while (round.next < count && round.next - first < s->acks_max &&
	       round.size + CULVERT_MESSAGE_MAX <= sizeof s->sending) {
		struct nlmsghdr *message = (struct nlmsghdr *)(s->sending + round.size);
		uint32_t length = culvert_encode(&ops[round.next], message, &results[round.next]);

		if (length > 0) {
			message->nlmsg_seq = base + round.next;
			round.size += NLMSG_ALIGN(length);
			last = message;
		}
		round.next++;
	}
	if (last != NULL) {
		last->nlmsg_flags |= NLM_F_ACK;
		round.last_sequence = last->nlmsg_seq;
	}
	return round;
}

static int collect(struct culvert_socket *s, const struct round *round, uint32_t base, struct culvert_result *results)
{
	bool last = false;

	while (!last) {
		ssize_t received = culvert_receive(s->fd, s->received, sizeof s->received);
		int error;

		if (received < 0)
			return received == -EAGAIN ? -EPROTO : (int)received;
		error = culvert_parse_acks(s->received, (size_t)received, base + round->first, round->last_sequence,
					   results + round->first, &last);
		if (error < 0)
			return error;
	}
	return 0;
}

/* What was sent and not complained of is done, once the last one's acknowledgement is there: answers keep their order. */
static int settle(const struct round *round, struct culvert_result *results)
{
	int failed = 0;

	for (uint32_t i = round->first; i < round->next; i++) {
		if (results[i].error == EINPROGRESS)
			results[i].error = 0;
		failed += results[i].error != 0;
	}
	return failed;
}

int culvert_apply(struct culvert_socket *s, const struct culvert_op *ops, uint32_t count,
		  struct culvert_result *results)
{
	uint32_t base = s->sequence;
	struct round round = {0};
	int failed = 0;

	if (count > INT32_MAX)
		return -EINVAL;
	if (s->table != 0)
		culvert_discard(s);
	for (uint32_t i = 0; i < count; i++)
		set_pending(&results[i]);
	s->sequence += count;
	while (round.next < count) {
		int error = 0;

		round = fill(s, ops, count, round.next, base, results);
		if (round.size > 0)
			error = culvert_send(s->fd, s->sending, round.size);
		if (error == 0 && round.size > 0)
			error = collect(s, &round, base, results);
		if (error < 0) {
			/* A socket that overflowed stays deaf until its queue is empty (af_netlink.c, NETLINK_S_CONGESTED). */
			culvert_discard(s);
			return error;
		}
		failed += settle(&round, results);
	}
	return failed;
}
