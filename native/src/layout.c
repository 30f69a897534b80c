/* SPDX-License-Identifier: Apache-2.0 */
/* The offsets, sizes and constants that the caller repeats, as the compiler sees them. */
#include "culvert_netlink.h"

#include <errno.h>

/* clang-format mistakes these initialisers for blocks. */
/* clang-format off */
#define SIZE(record) {"sizeof." #record, sizeof(struct culvert_##record)}
#define FIELD(record, field) \
	{#record "." #field, offsetof(struct culvert_##record, field)}, \
	{#record "." #field ":size", sizeof(((struct culvert_##record *)0)->field)}
#define CONSTANT(name) {#name, CULVERT_##name}
#define ERRNO(name) {"errno." #name, name}
/* clang-format on */

static const struct {
	const char *name;
	int32_t value;
} layout[] = {
	CONSTANT(ABI_VERSION),
	SIZE(link),
	FIELD(link, index),
	FIELD(link, flags),
	FIELD(link, mtu),
	FIELD(link, local),
	FIELD(link, remote),
	FIELD(link, lower),
	FIELD(link, extras),
	FIELD(link, ttl),
	FIELD(link, tos),
	FIELD(link, pmtudisc),
	FIELD(link, proto),
	FIELD(link, operstate),
	FIELD(link, master),
	FIELD(link, name),
	FIELD(link, kind),
	SIZE(address),
	FIELD(address, index),
	FIELD(address, address),
	FIELD(address, peer),
	FIELD(address, flags),
	FIELD(address, prefix_length),
	FIELD(address, scope),
	SIZE(nexthop),
	FIELD(nexthop, id),
	FIELD(nexthop, gateway),
	FIELD(nexthop, index),
	FIELD(nexthop, flags),
	FIELD(nexthop, protocol),
	FIELD(nexthop, family),
	FIELD(nexthop, scope),
	FIELD(nexthop, hop),
	FIELD(nexthop, extras),
	FIELD(nexthop, member),
	SIZE(route),
	FIELD(route, prefix),
	FIELD(route, nexthop),
	FIELD(route, gateway),
	FIELD(route, index),
	FIELD(route, metric),
	FIELD(route, flags),
	FIELD(route, prefix_length),
	FIELD(route, tos),
	FIELD(route, type),
	FIELD(route, protocol),
	FIELD(route, scope),
	FIELD(route, hop),
	FIELD(route, extras),
	FIELD(route, source),
	SIZE(op),
	FIELD(op, kind),
	FIELD(op, set),
	FIELD(op, link.index),
	FIELD(op, link.local),
	FIELD(op, link.mtu),
	FIELD(op, link.up),
	FIELD(op, link.pmtudisc),
	FIELD(op, link.name),
	FIELD(op, address.index),
	FIELD(op, address.address),
	FIELD(op, address.prefix_length),
	FIELD(op, nexthop.id),
	FIELD(op, nexthop.gateway),
	FIELD(op, nexthop.index),
	FIELD(op, nexthop.protocol),
	FIELD(op, nexthop.onlink),
	FIELD(op, route.prefix),
	FIELD(op, route.nexthop),
	FIELD(op, route.prefix_length),
	FIELD(op, route.type),
	FIELD(op, route.protocol),
	FIELD(op, route.metric),
	SIZE(result),
	FIELD(result, error),
	FIELD(result, offset),
	FIELD(result, text),
	CONSTANT(TABLE_LINK),
	CONSTANT(TABLE_ADDRESS),
	CONSTANT(TABLE_NEXTHOP),
	CONSTANT(TABLE_ROUTE),
	CONSTANT(LINK_CREATE),
	CONSTANT(LINK_SET),
	CONSTANT(LINK_DELETE),
	CONSTANT(ADDRESS_ADD),
	CONSTANT(ADDRESS_DELETE),
	CONSTANT(NEXTHOP_ADD),
	CONSTANT(NEXTHOP_DELETE),
	CONSTANT(ROUTE_ADD),
	CONSTANT(ROUTE_REPLACE),
	CONSTANT(ROUTE_DELETE),
	CONSTANT(SET_MTU),
	CONSTANT(SET_UP),
	CONSTANT(SET_TUNNEL),
	CONSTANT(EXTRA_MULTIPATH),
	CONSTANT(EXTRA_METRICS),
	CONSTANT(EXTRA_ENCAP),
	CONSTANT(EXTRA_GATEWAY6),
	CONSTANT(EXTRA_BLACKHOLE),
	CONSTANT(EXTRA_FDB),
	CONSTANT(DIRTY_LINK),
	CONSTANT(DIRTY_ADDRESS),
	CONSTANT(DIRTY_NEXTHOP),
	CONSTANT(DIRTY_ROUTE),
	CONSTANT(DIRTY_NFT),
	CONSTANT(DIRTY_OVERRUN),
	CONSTANT(ROUTES_LOST),
	CONSTANT(WOKEN),
	CONSTANT(LOST_MAX),
	ERRNO(EPERM),
	ERRNO(ENOENT),
	ERRNO(ESRCH),
	ERRNO(EINTR),
	ERRNO(EIO),
	ERRNO(EAGAIN),
	ERRNO(ENOMEM),
	ERRNO(EACCES),
	ERRNO(EBUSY),
	ERRNO(EEXIST),
	ERRNO(ENODEV),
	ERRNO(EINVAL),
	ERRNO(EOPNOTSUPP),
	ERRNO(EADDRNOTAVAIL),
	ERRNO(ENETDOWN),
	ERRNO(ENETUNREACH),
	ERRNO(ENOBUFS),
	ERRNO(EHOSTUNREACH),
};

const char *culvert_layout_name(uint32_t i)
{
	return i < sizeof layout / sizeof layout[0] ? layout[i].name : NULL;
}

int32_t culvert_layout_value(uint32_t i)
{
	return i < sizeof layout / sizeof layout[0] ? layout[i].value : 0;
}
