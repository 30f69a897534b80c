/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes flows from connection tracking that began before their translation did. */
#include "message.h"
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#define MESSAGE(type) ((NFNL_SUBSYS_CTNETLINK << 8) | (type))
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct nfgenmsg ipv4 = {.nfgen_family = AF_INET, .version = NFNETLINK_V0};

/* The ranges are sorted and apart. */
static bool is_in(const struct culvert_range *ranges, uint32_t count, uint32_t address)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (address < ranges[middle].first)
			high = middle;
		else if (address > ranges[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

/* One address of a tuple: CTA_IP_V4_SRC or CTA_IP_V4_DST. False if the message is malformed, or has no such address. */
static bool tuple_address(const struct nlattr *tuple, uint16_t which, uint32_t *ret_address)
{
	const struct culvert_policy outer[] = {{CTA_TUPLE_IP, 0}};
	const struct culvert_policy inner[] = {{which, 4}};
	const struct nlattr *ip[1], *address[1];

	if (tuple == NULL || !attributes_find(attribute_data(tuple), attribute_size(tuple), outer, 1, ip) ||
	    ip[0] == NULL || !attributes_find(attribute_data(ip[0]), attribute_size(ip[0]), inner, 1, address) ||
	    address[0] == NULL)
		return false;
	*ret_address = ntohl(attribute_u32(address[0]));
	return true;
}

int culvert_parse_flow(const struct nlmsghdr *message, struct culvert_flow *flow)
{
	enum { ORIGINAL, REPLY, STATUS, ID, ZONE };
	static const struct culvert_policy policy[] = {
		[ORIGINAL] = {CTA_TUPLE_ORIG, 0}, [REPLY] = {CTA_TUPLE_REPLY, 0},
		[STATUS] = {CTA_STATUS, 4},       [ID] = {CTA_ID, 4},
		[ZONE] = {CTA_ZONE, 2},
	};
	const struct nlattr *found[COUNT(policy)];
	size_t size;
	const void *attributes = message_attributes(message, sizeof ipv4, &size);

	if (attributes == NULL || !attributes_find(attributes, size, policy, COUNT(policy), found))
		return -EBADMSG;
	if (((const struct nfgenmsg *)NLMSG_DATA(message))->nfgen_family != AF_INET)
		return 0;
	if (found[STATUS] == NULL || found[ID] == NULL ||
	    !tuple_address(found[ORIGINAL], CTA_IP_V4_SRC, &flow->source) ||
	    !tuple_address(found[REPLY], CTA_IP_V4_SRC, &flow->destination))
		return -EBADMSG;
	flow->translated = (ntohl(attribute_u32(found[STATUS])) & IPS_SRC_NAT) != 0;
	flow->tuple = found[ORIGINAL];
	flow->id = found[ID];
	flow->zone = found[ZONE];
	return 1;
}

/* Appends an attribute as the kernel sent it. */
static void put_again(struct culvert_writer *w, const struct nlattr *attribute)
{
	if (attribute != NULL)
		message_put(w, attribute->nla_type, attribute_data(attribute), attribute_size(attribute));
}

uint32_t culvert_encode_flow_delete(const struct culvert_flow *flow, void *buffer, size_t size)
{
	struct culvert_writer w = {.bytes = buffer, .size = size};

	message_begin(&w, MESSAGE(IPCTNL_MSG_CT_DELETE), NLM_F_REQUEST, &ipv4, sizeof ipv4);
	put_again(&w, flow->tuple);
	put_again(&w, flow->id);
	put_again(&w, flow->zone);
	return message_end(&w);
}

static uint32_t encode_dump(void *buffer, size_t size)
{
	struct culvert_writer w = {.bytes = buffer, .size = size};

	message_begin(&w, MESSAGE(IPCTNL_MSG_CT_GET), NLM_F_REQUEST | NLM_F_DUMP, &ipv4, sizeof ipv4);
	/* The kernel leaves out what is translated already. One older than 5.8 sends everything. */
	message_put_u32(&w, CTA_STATUS, 0);
	message_put_u32(&w, CTA_STATUS_MASK, htonl(IPS_SRC_NAT));
	return message_end(&w);
}

/*
 * Reads the answers to `count` deletions. A flow that has ended by itself need not be deleted. One that a flowtable has taken
 * over cannot be deleted now (EBUSY), which is no reason to leave the others.
 */
static int collect(struct culvert_socket *s, uint32_t first, uint32_t count, bool *ret_busy)
{
	int deleted = (int)count;
	bool last = false;

	while (!last) {
		ssize_t received = culvert_receive(s->forget_fd, s->answers, sizeof s->answers);
		size_t cursor = 0;

		if (received < 0)
			return received == -EAGAIN ? -EPROTO : (int)received;
		while (cursor < (size_t)received) {
			const struct nlmsghdr *message = message_at(s->answers + cursor, (size_t)received - cursor);
			const struct nlmsgerr *error;

			if (message == NULL || message->nlmsg_len < NLMSG_LENGTH(sizeof *error))
				return -EBADMSG;
			cursor += message_step(message, (size_t)received - cursor);
			error = NLMSG_DATA(message);
			if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_seq - first >= count)
				continue;
			last |= message->nlmsg_seq == first + count - 1;
			if (error->error == 0)
				continue;
			if (error->error == -EBUSY)
				*ret_busy = true;
			else if (error->error != -ENOENT)
				return error->error < 0 && error->error >= -ERRNO_MAX ? error->error : -EBADMSG;
			deleted--;
		}
	}
	return deleted;
}

/* The deletions for one datagram of the dump; as many bytes as the datagram at most. */
struct deletions {
	uint32_t size;
	uint32_t count;
	struct nlmsghdr *last;
};

static int send_deletions(struct culvert_socket *s, const struct deletions *d, bool *ret_busy)
{
	uint32_t first = s->forget_sequence;
	int error;

	if (d->count == 0)
		return 0;
	s->forget_sequence += d->count;
	d->last->nlmsg_flags |= NLM_F_ACK;
	error = culvert_send(s->forget_fd, s->sending, d->size);
	return error < 0 ? error : collect(s, first, d->count, ret_busy);
}

static int forget_some(struct culvert_socket *s, const struct culvert_forget *f, size_t received, bool *ret_done,
		       bool *ret_busy)
{
	struct deletions d = {0};
	size_t cursor = 0;

	while (cursor < received && !*ret_done) {
		const struct nlmsghdr *message = message_at(s->received + cursor, received - cursor);
		struct culvert_flow flow;
		int parsed;

		if (message == NULL)
			return -EBADMSG;
		cursor += message_step(message, received - cursor);
		if (message->nlmsg_seq != s->flow_sequence)
			continue;
		if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
			int code = culvert_end_code(message);

			if (code < 0)
				return code;
			*ret_done = true;
			break;
		}
		if (message->nlmsg_type != MESSAGE(IPCTNL_MSG_CT_NEW))
			continue;
		parsed = culvert_parse_flow(message, &flow);
		if (parsed < 0)
			return parsed;
		if (parsed == 1 && !flow.translated && is_in(f->sources, f->source_count, flow.source) &&
		    !is_in(f->kept, f->kept_count, flow.destination)) {
			struct nlmsghdr *request = (struct nlmsghdr *)(s->sending + d.size);
			uint32_t length = culvert_encode_flow_delete(&flow, request, sizeof s->sending - d.size);

			if (length == 0)
				return -EMSGSIZE;
			request->nlmsg_seq = s->forget_sequence + d.count++;
			d.size += length;
			d.last = request;
		}
	}
	return send_deletions(s, &d, ret_busy);
}

/* The kernel refills the queue of a dump at each read, so an empty queue means that the dump has ended. */
static void discard(int fd, void *buffer, size_t size)
{
	ssize_t received;

	do
		received = culvert_receive(fd, buffer, size);
	while (received >= 0 || received == -ENOBUFS || received == -EMSGSIZE);
}

static int forget_all(struct culvert_socket *s, const struct culvert_forget *f)
{
	bool done = false, busy = false;
	int total = 0;

	while (!done) {
		ssize_t received = culvert_receive(s->flow_fd, s->received, sizeof s->received);
		int deleted;

		if (received < 0)
			return received == -EAGAIN ? -EPROTO : (int)received;
		deleted = forget_some(s, f, (size_t)received, &done, &busy);
		if (deleted < 0)
			return deleted;
		total += deleted;
	}
	return busy ? -EBUSY : total;
}

int culvert_forget_flows(struct culvert_socket *s, const struct culvert_range *sources, uint32_t source_count,
			 const struct culvert_range *kept, uint32_t kept_count)
{
	const struct culvert_forget f = {sources, source_count, kept, kept_count};
	struct nlmsghdr *request = (struct nlmsghdr *)s->sending;
	uint32_t length;
	int result;

	if (s->flow_fd < 0 || s->forget_fd < 0)
		return -EOPNOTSUPP;
	if (s->table != 0)
		culvert_discard(s);
	length = encode_dump(request, sizeof s->sending);
	if (length == 0)
		return -EMSGSIZE;
	request->nlmsg_seq = ++s->flow_sequence;
	result = culvert_send(s->flow_fd, request, length);
	if (result == 0)
		result = forget_all(s, &f);
	if (result < 0) {
		discard(s->flow_fd, s->received, sizeof s->received);
		discard(s->forget_fd, s->answers, sizeof s->answers);
	}
	return result;
}
