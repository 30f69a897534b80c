/* SPDX-License-Identifier: Apache-2.0 */
/* Writes an operation as a netlink request. */
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

static void put_ipv4(struct culvert_writer *w, uint16_t type, uint32_t address)
{
	message_put_u32(w, type, htonl(address));
}

static void begin(struct culvert_writer *w, uint16_t type, uint16_t flags, const void *header, uint32_t size)
{
	message_begin(w, type, NLM_F_REQUEST | flags, header, size);
}

/* All properties of an ipip device: the kernel resets what a change does not name (ipip.c, ipip_netlink_parms()). */
static void put_tunnel(struct culvert_writer *w, const struct culvert_op *op, int32_t lower)
{
	struct nlattr *info = message_nest(w, IFLA_LINKINFO);
	struct nlattr *data;

	message_put(w, IFLA_INFO_KIND, "ipip", sizeof "ipip" - 1);
	data = message_nest(w, IFLA_INFO_DATA);
	if (lower != 0)
		message_put_u32(w, IFLA_IPTUN_LINK, (uint32_t)lower);
	put_ipv4(w, IFLA_IPTUN_LOCAL, op->link.local);
	message_put_u8(w, IFLA_IPTUN_PMTUDISC, op->link.pmtudisc);
	message_put_u8(w, IFLA_IPTUN_TTL, 0);
	message_put_u8(w, IFLA_IPTUN_PROTO, IPPROTO_IPIP);
	message_nest_end(w, data);
	message_nest_end(w, info);
}

static void encode_link_create(const struct culvert_op *op, struct culvert_writer *w)
{
	const struct ifinfomsg header = {.ifi_change = IFF_UP, .ifi_flags = op->link.up ? IFF_UP : 0};

	begin(w, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	message_put(w, IFLA_IFNAME, op->link.name, (uint32_t)strlen(op->link.name) + 1);
	if (op->link.mtu > 0)
		message_put_u32(w, IFLA_MTU, op->link.mtu);
	put_tunnel(w, op, 0);
}

static void encode_link_set(const struct culvert_op *op, struct culvert_writer *w)
{
	const bool sets_up = op->set & CULVERT_SET_UP;
	const struct ifinfomsg header = {
		.ifi_index = op->link.index,
		.ifi_change = sets_up ? IFF_UP : 0,
		.ifi_flags = sets_up && op->link.up ? IFF_UP : 0,
	};

	begin(w, RTM_NEWLINK, 0, &header, sizeof header);
	if (op->set & CULVERT_SET_MTU)
		message_put_u32(w, IFLA_MTU, op->link.mtu);
	if (op->set & CULVERT_SET_TUNNEL)
		put_tunnel(w, op, op->link.lower);
}

static void encode_link_delete(const struct culvert_op *op, struct culvert_writer *w)
{
	const struct ifinfomsg header = {.ifi_index = op->link.index};

	begin(w, RTM_DELLINK, 0, &header, sizeof header);
}

static void encode_address(const struct culvert_op *op, struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	const struct ifaddrmsg header = {
		.ifa_family = AF_INET,
		.ifa_prefixlen = op->address.prefix_length,
		.ifa_index = (uint32_t)op->address.index,
	};

	begin(w, type, flags, &header, sizeof header);
	put_ipv4(w, IFA_LOCAL, op->address.address);
	put_ipv4(w, IFA_ADDRESS, op->address.address);
}

static void encode_nexthop_add(const struct culvert_op *op, struct culvert_writer *w)
{
	const struct nhmsg header = {
		.nh_family = AF_INET,
		.nh_protocol = op->nexthop.protocol,
		.nh_flags = op->nexthop.onlink ? RTNH_F_ONLINK : 0,
	};

	begin(w, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	message_put_u32(w, NHA_ID, op->nexthop.id);
	message_put_u32(w, NHA_OIF, (uint32_t)op->nexthop.index);
	if (op->nexthop.gateway != 0)
		put_ipv4(w, NHA_GATEWAY, op->nexthop.gateway);
}

/* The kernel accepts nothing but the id here (nexthop.c, nh_valid_get_del_req()). */
static void encode_nexthop_delete(const struct culvert_op *op, struct culvert_writer *w)
{
	const struct nhmsg header = {.nh_family = AF_UNSPEC};

	begin(w, RTM_DELNEXTHOP, 0, &header, sizeof header);
	message_put_u32(w, NHA_ID, op->nexthop.id);
}

static void encode_route(const struct culvert_op *op, struct culvert_writer *w, uint16_t type, uint16_t flags)
{
	const struct rtmsg header = {
		.rtm_family = AF_INET,
		.rtm_dst_len = op->route.prefix_length,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_type = op->route.type,
		.rtm_protocol = op->route.protocol,
		/* On delete RT_SCOPE_NOWHERE matches any scope (fib_trie.c, fib_table_delete()). */
		.rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE,
	};

	begin(w, type, flags, &header, sizeof header);
	put_ipv4(w, RTA_DST, op->route.prefix);
	if (op->route.nexthop != 0)
		message_put_u32(w, RTA_NH_ID, op->route.nexthop);
	if (op->route.metric != 0)
		message_put_u32(w, RTA_PRIORITY, op->route.metric);
}

static void encode(const struct culvert_op *op, struct culvert_writer *w)
{
	switch (op->kind) {
	case CULVERT_LINK_CREATE:
		encode_link_create(op, w);
		break;
	case CULVERT_LINK_SET:
		encode_link_set(op, w);
		break;
	case CULVERT_LINK_DELETE:
		encode_link_delete(op, w);
		break;
	case CULVERT_ADDRESS_ADD:
		encode_address(op, w, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
		break;
	case CULVERT_ADDRESS_DELETE:
		encode_address(op, w, RTM_DELADDR, 0);
		break;
	case CULVERT_NEXTHOP_ADD:
		encode_nexthop_add(op, w);
		break;
	case CULVERT_NEXTHOP_DELETE:
		encode_nexthop_delete(op, w);
		break;
	case CULVERT_ROUTE_ADD:
		encode_route(op, w, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
		break;
	case CULVERT_ROUTE_REPLACE:
		encode_route(op, w, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
		break;
	default:
		encode_route(op, w, RTM_DELROUTE, 0);
		break;
	}
}

static const char *fault_if(bool fault, const char *reason)
{
	return fault ? reason : NULL;
}

static const char *route_fault(const struct culvert_op *op)
{
	switch (op->route.type) {
	case RTN_UNICAST:
		return fault_if(op->route.nexthop == 0, "a unicast route needs a next-hop id");
	case RTN_BLACKHOLE:
		return fault_if(op->route.nexthop != 0, "a blackhole route has no next hop");
	default:
		return "route type must be unicast or blackhole";
	}
}

static const char *link_create_fault(const struct culvert_op *op)
{
	size_t length = strnlen(op->link.name, CULVERT_NAME_SIZE);

	return fault_if(length == 0 || length == CULVERT_NAME_SIZE, "device name must have 1 to 15 bytes");
}

static const char *link_set_fault(const struct culvert_op *op)
{
	if (op->link.index <= 0)
		return "device index must be above 0";
	return fault_if(op->set == 0 || op->set & ~(CULVERT_SET_MTU | CULVERT_SET_UP | CULVERT_SET_TUNNEL),
			"no known property to set");
}

/* The reason why an operation is invalid, or NULL. To the kernel some of these zeros are wildcards. */
static const char *fault_of(const struct culvert_op *op)
{
	switch (op->kind) {
	case CULVERT_LINK_CREATE:
		return link_create_fault(op);
	case CULVERT_LINK_SET:
		return link_set_fault(op);
	case CULVERT_LINK_DELETE:
		return fault_if(op->link.index <= 0, "device index must be above 0");
	case CULVERT_ADDRESS_ADD:
	case CULVERT_ADDRESS_DELETE:
		return fault_if(op->address.prefix_length > 32, "prefix length must be at most 32");
	case CULVERT_NEXTHOP_ADD:
	case CULVERT_NEXTHOP_DELETE:
		return fault_if(op->nexthop.id == 0, "next-hop id must be above 0");
	case CULVERT_ROUTE_ADD:
	case CULVERT_ROUTE_REPLACE:
		return route_fault(op);
	case CULVERT_ROUTE_DELETE:
		return fault_if(op->route.type == 0 || op->route.protocol == 0,
				"a route is deleted by type and protocol");
	default:
		return "unknown operation";
	}
}

static uint32_t refuse(struct culvert_result *result, int error, const char *reason)
{
	result->error = error;
	snprintf(result->text, sizeof result->text, "%s", reason);
	return 0;
}

uint32_t culvert_encode(const struct culvert_op *op, void *buffer, size_t size, struct culvert_result *result)
{
	const char *fault = fault_of(op);
	struct culvert_writer w = {.bytes = buffer, .size = size};

	if (fault != NULL)
		return refuse(result, EINVAL, fault);
	encode(op, &w);
	return w.overflow ? refuse(result, EMSGSIZE, "request does not fit its buffer") : message_end(&w);
}
