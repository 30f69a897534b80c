/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a table: converts the kernel's messages to records. */
#include "message.h"
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIND(data, size, policy, found) attributes_find(data, size, policy, COUNT(policy), found)

static uint32_t ipv4(const struct nlattr *attribute)
{
	return attribute == NULL ? 0 : ntohl(attribute_u32(attribute));
}

static uint32_t u32(const struct nlattr *attribute)
{
	return attribute == NULL ? 0 : attribute_u32(attribute);
}

static uint8_t u8(const struct nlattr *attribute)
{
	return attribute == NULL ? 0 : attribute_u8(attribute);
}

static uint32_t extra_if(bool present, uint32_t extra)
{
	return present ? extra : 0;
}

static bool parse_tunnel(const struct nlattr *data, struct culvert_link *link)
{
	enum { LINK, LOCAL, REMOTE, TTL, TOS, PMTUDISC, PROTO, ENCAP_TYPE, COLLECT_METADATA };
	static const struct culvert_policy policy[] = {
		[LINK] = {IFLA_IPTUN_LINK, 4},
		[LOCAL] = {IFLA_IPTUN_LOCAL, 4},
		[REMOTE] = {IFLA_IPTUN_REMOTE, 4},
		[TTL] = {IFLA_IPTUN_TTL, 1},
		[TOS] = {IFLA_IPTUN_TOS, 1},
		[PMTUDISC] = {IFLA_IPTUN_PMTUDISC, 1},
		[PROTO] = {IFLA_IPTUN_PROTO, 1},
		/* What the record cannot express. */
		[ENCAP_TYPE] = {IFLA_IPTUN_ENCAP_TYPE, 2},
		[COLLECT_METADATA] = {IFLA_IPTUN_COLLECT_METADATA, 0},
	};
	const struct nlattr *found[COUNT(policy)];
	uint16_t encap = 0;

	if (!FIND(attribute_data(data), attribute_size(data), policy, found))
		return false;
	if (found[ENCAP_TYPE] != NULL)
		memcpy(&encap, attribute_data(found[ENCAP_TYPE]), sizeof encap);
	link->lower = (int32_t)u32(found[LINK]);
	link->local = ipv4(found[LOCAL]);
	link->remote = ipv4(found[REMOTE]);
	link->ttl = u8(found[TTL]);
	link->tos = u8(found[TOS]);
	link->pmtudisc = u8(found[PMTUDISC]);
	link->proto = u8(found[PROTO]);
	link->extras = extra_if(encap != 0 || found[COLLECT_METADATA] != NULL, CULVERT_EXTRA_ENCAP);
	return true;
}

static bool parse_kind(const struct nlattr *info, struct culvert_link *link)
{
	enum { KIND, DATA };
	static const struct culvert_policy policy[] = {
		[KIND] = {IFLA_INFO_KIND, 1},
		[DATA] = {IFLA_INFO_DATA, 0},
	};
	const struct nlattr *found[COUNT(policy)];

	if (!FIND(attribute_data(info), attribute_size(info), policy, found))
		return false;
	if (found[KIND] == NULL)
		return true;
	attribute_text(found[KIND], link->kind, sizeof link->kind);
	return strcmp(link->kind, "ipip") != 0 || found[DATA] == NULL || parse_tunnel(found[DATA], link);
}

static int parse_link(const struct nlmsghdr *message, struct culvert_link *link)
{
	enum { NAME, MTU, OPERSTATE, MASTER, LINKINFO };
	static const struct culvert_policy policy[] = {
		[NAME] = {IFLA_IFNAME, 1},   [MTU] = {IFLA_MTU, 4},           [OPERSTATE] = {IFLA_OPERSTATE, 1},
		[MASTER] = {IFLA_MASTER, 4}, [LINKINFO] = {IFLA_LINKINFO, 0},
	};
	const struct nlattr *found[COUNT(policy)];
	const struct ifinfomsg *header = NLMSG_DATA(message);
	size_t size;
	const void *attributes = message_attributes(message, sizeof *header, &size);

	if (attributes == NULL || !FIND(attributes, size, policy, found))
		return -EBADMSG;
	if (header->ifi_family != AF_UNSPEC)
		return 0;
	if (header->ifi_index <= 0)
		return -EBADMSG;
	*link = (struct culvert_link){
		.index = header->ifi_index,
		.flags = header->ifi_flags,
		.mtu = u32(found[MTU]),
		.operstate = u8(found[OPERSTATE]),
		.master = (int32_t)u32(found[MASTER]),
	};
	if (found[NAME] != NULL)
		attribute_text(found[NAME], link->name, sizeof link->name);
	return found[LINKINFO] == NULL || parse_kind(found[LINKINFO], link) ? 1 : -EBADMSG;
}

static int parse_address(const struct nlmsghdr *message, struct culvert_address *address)
{
	enum { LOCAL, ADDRESS, FLAGS };
	static const struct culvert_policy policy[] = {
		[LOCAL] = {IFA_LOCAL, 4},
		[ADDRESS] = {IFA_ADDRESS, 4},
		[FLAGS] = {IFA_FLAGS, 4},
	};
	const struct nlattr *found[COUNT(policy)];
	const struct ifaddrmsg *header = NLMSG_DATA(message);
	size_t size;
	const void *attributes = message_attributes(message, sizeof *header, &size);

	if (attributes == NULL)
		return -EBADMSG;
	if (header->ifa_family != AF_INET)
		return 0;
	if (!FIND(attributes, size, policy, found))
		return -EBADMSG;
	if (header->ifa_index == 0 || header->ifa_index > INT32_MAX || header->ifa_prefixlen > 32)
		return -EBADMSG;
	*address = (struct culvert_address){
		.index = (int32_t)header->ifa_index,
		.address = ipv4(found[LOCAL] != NULL ? found[LOCAL] : found[ADDRESS]),
		.peer = ipv4(found[ADDRESS]),
		.flags = found[FLAGS] != NULL ? u32(found[FLAGS]) : header->ifa_flags,
		.prefix_length = header->ifa_prefixlen,
		.scope = header->ifa_scope,
	};
	return 1;
}

static uint8_t hop_number(uint32_t hop)
{
	return hop < UINT8_MAX ? (uint8_t)hop : UINT8_MAX;
}

/* Finds the group's member number `hop`. */
static bool parse_member(const struct nlattr *group, uint32_t hop, struct culvert_nexthop *nexthop, bool *ret_more)
{
	size_t count = attribute_size(group) / sizeof(struct nexthop_grp);
	struct nexthop_grp member;

	if (hop >= count)
		return false;
	memcpy(&member, (const uint8_t *)attribute_data(group) + hop * sizeof member, sizeof member);
	nexthop->member = member.id;
	nexthop->hop = hop_number(hop);
	*ret_more = hop + 1 < count;
	return true;
}

static int parse_nexthop(const struct nlmsghdr *message, uint32_t hop, struct culvert_nexthop *nexthop)
{
	enum { ID, OIF, GATEWAY, GROUP, BLACKHOLE, ENCAP, FDB };
	static const struct culvert_policy policy[] = {
		[ID] = {NHA_ID, 4},
		[OIF] = {NHA_OIF, 4},
		[GATEWAY] = {NHA_GATEWAY, 4},
		/* What the record cannot express. */
		[GROUP] = {NHA_GROUP, 0},
		[BLACKHOLE] = {NHA_BLACKHOLE, 0},
		[ENCAP] = {NHA_ENCAP, 0},
		[FDB] = {NHA_FDB, 0},
	};
	const struct nlattr *found[COUNT(policy)];
	const struct nhmsg *header = NLMSG_DATA(message);
	size_t size;
	const void *attributes = message_attributes(message, sizeof *header, &size);
	bool ipv4_gateway, more = false;

	if (attributes == NULL || !FIND(attributes, size, policy, found) || u32(found[ID]) == 0)
		return -EBADMSG;
	ipv4_gateway = header->nh_family == AF_INET;
	*nexthop = (struct culvert_nexthop){
		.id = u32(found[ID]),
		.gateway = ipv4_gateway ? ipv4(found[GATEWAY]) : 0,
		.index = (int32_t)u32(found[OIF]),
		.flags = header->nh_flags,
		.protocol = header->nh_protocol,
		.family = header->nh_family,
		.scope = header->nh_scope,
		.extras = extra_if(found[GROUP] != NULL, CULVERT_EXTRA_MULTIPATH) |
			  extra_if(found[ENCAP] != NULL, CULVERT_EXTRA_ENCAP) |
			  extra_if(found[GATEWAY] != NULL && !ipv4_gateway, CULVERT_EXTRA_GATEWAY6) |
			  extra_if(found[BLACKHOLE] != NULL, CULVERT_EXTRA_BLACKHOLE) |
			  extra_if(found[FDB] != NULL, CULVERT_EXTRA_FDB),
	};
	if (found[GROUP] != NULL && !parse_member(found[GROUP], hop, nexthop, &more))
		return -EBADMSG;
	return more ? CULVERT_MORE : 1;
}

/* Whether a prefix is valid: present unless its length is 0, and without host bits. */
static bool is_prefix(const struct nlattr *dst, uint8_t length)
{
	if (dst == NULL || length == 0)
		return length == 0 && ipv4(dst) == 0;
	return length == 32 || (length < 32 && ipv4(dst) << length == 0);
}

static bool parse_hop_gateway(const struct rtnexthop *header, const uint8_t *attributes, struct culvert_route *route)
{
	enum { GATEWAY, VIA, ENCAP };
	static const struct culvert_policy policy[] = {
		[GATEWAY] = {RTA_GATEWAY, 4},
		[VIA] = {RTA_VIA, 0},
		[ENCAP] = {RTA_ENCAP, 0},
	};
	const struct nlattr *found[COUNT(policy)];

	if (!FIND(attributes, header->rtnh_len - sizeof *header, policy, found))
		return false;
	route->gateway = ipv4(found[GATEWAY]);
	route->index = header->rtnh_ifindex;
	route->flags |= header->rtnh_flags;
	route->extras |= (uint16_t)(extra_if(found[VIA] != NULL, CULVERT_EXTRA_GATEWAY6) |
				    extra_if(found[ENCAP] != NULL, CULVERT_EXTRA_ENCAP));
	return true;
}

/* Finds the multipath route's hop number `hop`. */
static bool parse_hop(const struct nlattr *multipath, uint32_t hop, struct culvert_route *route, bool *ret_more)
{
	const uint8_t *at = attribute_data(multipath);
	size_t size = attribute_size(multipath);

	for (uint32_t i = 0;; i++) {
		struct rtnexthop header;
		size_t step;

		if (size < sizeof header)
			return false;
		memcpy(&header, at, sizeof header);
		if (header.rtnh_len < sizeof header || header.rtnh_len > size)
			return false;
		step = NLMSG_ALIGN(header.rtnh_len);
		*ret_more = step < size;
		if (i == hop) {
			route->hop = hop_number(hop);
			return parse_hop_gateway(&header, at + sizeof header, route);
		}
		if (!*ret_more)
			return false;
		at += step;
		size -= step;
	}
}

int culvert_parse_route(const struct nlmsghdr *message, uint32_t hop, struct culvert_route *route)
{
	enum { DST, OIF, GATEWAY, PRIORITY, TABLE, NH_ID, MULTIPATH, PREFSRC, METRICS, VIA, ENCAP };
	static const struct culvert_policy policy[] = {
		[DST] = {RTA_DST, 4},
		[OIF] = {RTA_OIF, 4},
		[GATEWAY] = {RTA_GATEWAY, 4},
		[PRIORITY] = {RTA_PRIORITY, 4},
		[TABLE] = {RTA_TABLE, 4},
		[NH_ID] = {RTA_NH_ID, 4},
		[MULTIPATH] = {RTA_MULTIPATH, 0},
		[PREFSRC] = {RTA_PREFSRC, 4},
		/* What the record cannot express. */
		[METRICS] = {RTA_METRICS, 0},
		[VIA] = {RTA_VIA, 0},
		[ENCAP] = {RTA_ENCAP, 0},
	};
	const struct nlattr *found[COUNT(policy)];
	const struct rtmsg *header = NLMSG_DATA(message);
	bool more = false;
	size_t size;
	const void *attributes = message_attributes(message, sizeof *header, &size);

	if (attributes == NULL)
		return -EBADMSG;
	if (header->rtm_family != AF_INET || header->rtm_flags & RTM_F_CLONED)
		return 0;
	if (!FIND(attributes, size, policy, found))
		return -EBADMSG;
	if ((found[TABLE] != NULL ? u32(found[TABLE]) : header->rtm_table) != RT_TABLE_MAIN)
		return 0;
	if (!is_prefix(found[DST], header->rtm_dst_len))
		return -EBADMSG;
	*route = (struct culvert_route){
		.prefix = ipv4(found[DST]),
		.nexthop = u32(found[NH_ID]),
		.gateway = ipv4(found[GATEWAY]),
		.index = (int32_t)u32(found[OIF]),
		.metric = u32(found[PRIORITY]),
		.flags = header->rtm_flags,
		.prefix_length = header->rtm_dst_len,
		.tos = header->rtm_tos,
		.type = header->rtm_type,
		.protocol = header->rtm_protocol,
		.scope = header->rtm_scope,
		.extras = (uint16_t)(extra_if(found[MULTIPATH] != NULL, CULVERT_EXTRA_MULTIPATH) |
				     extra_if(found[METRICS] != NULL, CULVERT_EXTRA_METRICS) |
				     extra_if(found[ENCAP] != NULL, CULVERT_EXTRA_ENCAP) |
				     extra_if(found[VIA] != NULL, CULVERT_EXTRA_GATEWAY6)),
		.source = ipv4(found[PREFSRC]),
	};
	if (found[MULTIPATH] != NULL && !parse_hop(found[MULTIPATH], hop, route, &more))
		return -EBADMSG;
	return more ? CULVERT_MORE : 1;
}

static int parse_path(const struct nlmsghdr *message, struct culvert_path *path)
{
	enum { DST, METRICS };
	static const struct culvert_policy policy[] = {
		[DST] = {RTA_DST, 4},
		[METRICS] = {RTA_METRICS, 0},
	};
	static const struct culvert_policy metrics[] = {{RTAX_MTU, 4}};
	const struct nlattr *found[COUNT(policy)], *mtu[COUNT(metrics)];
	const struct rtmsg *header = NLMSG_DATA(message);
	size_t size;
	const void *attributes = message_attributes(message, sizeof *header, &size);

	if (attributes == NULL)
		return -EBADMSG;
	if (header->rtm_family != AF_INET || !(header->rtm_flags & RTM_F_CLONED))
		return 0;
	if (!FIND(attributes, size, policy, found) || found[DST] == NULL)
		return -EBADMSG;
	if (found[METRICS] == NULL)
		return 0;
	if (!FIND(attribute_data(found[METRICS]), attribute_size(found[METRICS]), metrics, mtu))
		return -EBADMSG;
	*path = (struct culvert_path){.destination = ipv4(found[DST]), .mtu = u32(mtu[0])};
	return path->mtu > 0;
}

size_t culvert_record_size(uint32_t table)
{
	switch (table) {
	case CULVERT_TABLE_LINK:
		return sizeof(struct culvert_link);
	case CULVERT_TABLE_ADDRESS:
		return sizeof(struct culvert_address);
	case CULVERT_TABLE_NEXTHOP:
		return sizeof(struct culvert_nexthop);
	case CULVERT_TABLE_ROUTE:
		return sizeof(struct culvert_route);
	case CULVERT_TABLE_PATH:
		return sizeof(struct culvert_path);
	default:
		return 0;
	}
}

int culvert_parse(uint32_t table, const struct nlmsghdr *message, uint32_t hop, void *record)
{
	switch (table) {
	case CULVERT_TABLE_LINK:
		return message->nlmsg_type == RTM_NEWLINK ? parse_link(message, record) : 0;
	case CULVERT_TABLE_ADDRESS:
		return message->nlmsg_type == RTM_NEWADDR ? parse_address(message, record) : 0;
	case CULVERT_TABLE_NEXTHOP:
		return message->nlmsg_type == RTM_NEWNEXTHOP ? parse_nexthop(message, hop, record) : 0;
	case CULVERT_TABLE_ROUTE:
		return message->nlmsg_type == RTM_NEWROUTE ? culvert_parse_route(message, hop, record) : 0;
	case CULVERT_TABLE_PATH:
		return message->nlmsg_type == RTM_NEWROUTE ? parse_path(message, record) : 0;
	default:
		return -EINVAL;
	}
}

int culvert_end_code(const struct nlmsghdr *message)
{
	int code;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof code))
		return message->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&code, NLMSG_DATA(message), sizeof code);
	if (code > 0 || code < -ERRNO_MAX || (code == 0 && message->nlmsg_type == NLMSG_ERROR))
		return -EBADMSG;
	return code;
}

static int end_of_dump(uint32_t table, const struct nlmsghdr *message)
{
	int code = culvert_end_code(message);

	/* A namespace without routes has no main table (fib_frontend.c, "FIB table does not exist"). */
	return code == -ENOENT && (table == CULVERT_TABLE_ROUTE || table == CULVERT_TABLE_PATH) ? 0 : code;
}

int culvert_parse_dump(uint32_t table, uint32_t sequence, const uint8_t *datagram, struct culvert_cursor *cursor,
		       size_t end, void *records, uint32_t capacity, bool *ret_done)
{
	size_t record_size = culvert_record_size(table);
	union {
		struct culvert_link link;
		struct culvert_address address;
		struct culvert_nexthop nexthop;
		struct culvert_route route;
		struct culvert_path path;
	} record;
	uint32_t count = 0;

	*ret_done = false;
	while (cursor->at < end && count < capacity && !*ret_done) {
		const struct nlmsghdr *message = message_at(datagram + cursor->at, end - cursor->at);
		uint32_t hop = cursor->hop;
		int parsed;

		if (message == NULL)
			return -EBADMSG;
		cursor->at += message_step(message, end - cursor->at);
		cursor->hop = 0;
		if (message->nlmsg_seq != sequence)
			continue;
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		*ret_done = message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR;
		parsed = *ret_done ? end_of_dump(table, message) : culvert_parse(table, message, hop, &record);
		if (parsed < 0)
			return parsed;
		if (parsed == CULVERT_MORE)
			*cursor = (struct culvert_cursor){(size_t)((const uint8_t *)message - datagram), hop + 1};
		if (parsed == 0)
			continue;
		memcpy((uint8_t *)records + count * record_size, &record, record_size);
		count++;
	}
	return (int)count;
}

/* The kernel refills the queue of a dump at each read, so an empty queue means that the dump has ended. */
void culvert_discard(struct culvert_socket *s)
{
	ssize_t received;

	do
		received = culvert_receive(s->fd, s->received, sizeof s->received);
	while (received >= 0 || received == -ENOBUFS || received == -EMSGSIZE);
	s->table = 0;
}

/* Writes the request for a table; returns 0 for an unknown one. NETLINK_GET_STRICT_CHK requires all other fields to be 0. */
static uint32_t write_request(uint32_t table, void *buffer, size_t size)
{
	static const struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
	static const struct ifaddrmsg address = {.ifa_family = AF_INET};
	static const struct nhmsg nexthop = {.nh_family = AF_UNSPEC};
	static const struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN};
	/* With this flag the kernel shows the exceptions instead of the routes (fib_frontend.c, ip_valid_fib_dump_req()). */
	static const struct rtmsg path = {
		.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_flags = RTM_F_CLONED};
	const uint16_t flags = NLM_F_REQUEST | NLM_F_DUMP;
	struct culvert_writer w = {.bytes = buffer, .size = size};

	switch (table) {
	case CULVERT_TABLE_LINK:
		message_begin(&w, RTM_GETLINK, flags, &link, sizeof link);
		message_put_u32(&w, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		break;
	case CULVERT_TABLE_ADDRESS:
		message_begin(&w, RTM_GETADDR, flags, &address, sizeof address);
		break;
	case CULVERT_TABLE_NEXTHOP:
		message_begin(&w, RTM_GETNEXTHOP, flags, &nexthop, sizeof nexthop);
		break;
	case CULVERT_TABLE_ROUTE:
		message_begin(&w, RTM_GETROUTE, flags, &route, sizeof route);
		break;
	case CULVERT_TABLE_PATH:
		message_begin(&w, RTM_GETROUTE, flags, &path, sizeof path);
		break;
	default:
		return 0;
	}
	return message_end(&w);
}

int culvert_dump_start(struct culvert_socket *s, uint32_t table)
{
	struct nlmsghdr *request = (struct nlmsghdr *)s->sending;
	uint32_t length = write_request(table, request, sizeof s->sending);
	int error;

	if (s->table != 0)
		culvert_discard(s);
	if (length == 0)
		return -EINVAL;
	request->nlmsg_seq = s->sequence++;
	error = culvert_send(s->fd, request, length);
	if (error < 0)
		return error;
	s->table = table;
	s->dump = request->nlmsg_seq;
	s->cursor = (struct culvert_cursor){0, 0};
	s->end = 0;
	return 0;
}

static int next_records(struct culvert_socket *s, void *records, uint32_t capacity, bool *ret_done)
{
	*ret_done = false;
	for (;;) {
		int count = culvert_parse_dump(s->table, s->dump, s->received, &s->cursor, s->end, records, capacity,
					       ret_done);
		ssize_t received;

		if (count != 0 || *ret_done)
			return count;
		received = culvert_receive(s->fd, s->received, sizeof s->received);
		if (received < 0)
			return received == -EAGAIN ? -EPROTO : (int)received;
		s->cursor = (struct culvert_cursor){0, 0};
		s->end = (size_t)received;
	}
}

int culvert_dump_next(struct culvert_socket *s, void *records, uint32_t capacity)
{
	bool done;
	int count;

	if (capacity == 0)
		return -EINVAL;
	if (s->table == 0)
		return 0;
	count = next_records(s, records, capacity, &done);
	if (count < 0)
		culvert_discard(s);
	else if (done)
		s->table = 0;
	return count;
}
