/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's network configuration as arrays of fixed-size records.
 *
 * There are two kinds of handle, a command socket and a monitor; one thread uses a handle at a time. Each function says
 * what it returns: a count (or 0), or a negative errno. The caller provides every buffer.
 *
 * Guarantees
 *  - Nothing is allocated after an open function has returned, and nothing is kept in static variables.
 *  - No call waits for another process, except culvert_monitor_wait(). The kernel answers a request inside sendmsg(2), so
 *    a missing answer is an error (-EPROTO), never a hang. (A call does wait for the kernel's own RTNL lock.)
 *  - A batch continues after a failure. Each operation has a result of its own.
 *  - A datagram is ignored as an answer if it does not come from the kernel (nl_pid != 0), is truncated, or belongs to
 *    another request.
 *
 * Limits
 *  - A dump is no snapshot. If a table changed during a dump and the kernel noticed (NLM_F_DUMP_INTR), the dump ends with
 *    -EINTR and its records are worthless: start again. The kernel does not notice every change.
 *  - Events get lost. When the receive buffer overflows, the monitor reports CULVERT_DIRTY_OVERRUN: read everything again.
 *    And the kernel does not announce every change: the IPv4 routes of a device that goes down, or of a next-hop object
 *    that is deleted, disappear without an RTM_DELROUTE.
 *
 * Numbers are in host byte order, IPv4 addresses too (10.0.1.11 is 0x0a00010b). An IPv4 address of 0 means "none".
 * Kernel facts: include/uapi/linux/{netlink,rtnetlink,if_link,if_addr,nexthop,if_tunnel}.h.
 */
#ifndef CULVERT_NETLINK_H
#define CULVERT_NETLINK_H

#include <stddef.h>
#include <stdint.h>

/* Raised when a record, an enumeration or a function changes its meaning. */
#define CULVERT_ABI_VERSION 6

#define CULVERT_NAME_SIZE 16  /* IFNAMSIZ: up to 15 bytes and a NUL */
#define CULVERT_TEXT_SIZE 120 /* up to 119 bytes and a NUL; longer text is truncated */

/* The tables that can be read. */
enum culvert_table {
	CULVERT_TABLE_LINK = 1,
	CULVERT_TABLE_ADDRESS = 2, /* IPv4 only */
	CULVERT_TABLE_NEXTHOP = 3, /* every family: the ids are shared */
	CULVERT_TABLE_ROUTE = 4,   /* IPv4, RT_TABLE_MAIN only */
	CULVERT_TABLE_PATH = 5,    /* exceptions of that table's routes with an MTU of their own */
};

/*
 * A network device.
 *
 *   0        4        8       12       16       20       24    28  29  30  31  32       36    37    40      56      72
 *   | index  | flags  | mtu   | local  | remote | lower  |  ttl|tos|pmtu|proto| extras |oper|  -  |master| name | kind  |
 *
 * The tunnel fields (local to proto) are 0 unless kind is "ipip".
 */
struct culvert_link {
	int32_t index;     /* ifinfomsg.ifi_index, above 0 */
	uint32_t flags;    /* IFF_UP, IFF_LOOPBACK, ... of linux/if.h */
	uint32_t mtu;      /* bytes */
	uint32_t local;    /* IFLA_IPTUN_LOCAL */
	uint32_t remote;   /* IFLA_IPTUN_REMOTE; 0 = any */
	int32_t lower;     /* IFLA_IPTUN_LINK, the device it is bound to; 0 = none */
	uint32_t extras;   /* CULVERT_EXTRA_*: what this record cannot express */
	uint8_t ttl;       /* IFLA_IPTUN_TTL; 0 = copied from the inner header */
	uint8_t tos;       /* IFLA_IPTUN_TOS */
	uint8_t pmtudisc;  /* IFLA_IPTUN_PMTUDISC: 1 = the inner DF bit is copied, path MTU is discovered */
	uint8_t proto;     /* IFLA_IPTUN_PROTO; 4 = IP in IP, RFC 2003 */
	uint8_t operstate; /* IFLA_OPERSTATE, RFC 2863 */
	uint8_t reserved[3];
	int32_t master;               /* IFLA_MASTER, the bridge, bond or VRF it is in; 0 = none */
	char name[CULVERT_NAME_SIZE]; /* IFLA_IFNAME */
	char kind[CULVERT_NAME_SIZE]; /* IFLA_INFO_KIND, empty for hardware; truncated to 15 bytes */
};

/*
 * An IPv4 address on a device.
 *
 *   0        4         8      12       16              17      18          24
 *   | index  | address | peer | flags  | prefix length | scope | reserved |
 */
struct culvert_address {
	int32_t index;    /* ifaddrmsg.ifa_index */
	uint32_t address; /* IFA_LOCAL */
	uint32_t peer;    /* IFA_ADDRESS; equal to address unless the device is point-to-point */
	uint32_t flags;   /* IFA_F_* */
	uint8_t prefix_length;
	uint8_t scope; /* RT_SCOPE_* */
	uint8_t reserved[6];
};

/*
 * A next-hop object. A group is a record for each member, one after another.
 *
 *   0     4         8       12      16         17       18      19    20       24       28  32
 *   | id  | gateway | index | flags | protocol | family | scope | hop | extras | member | - |
 */
struct culvert_nexthop {
	uint32_t id;      /* NHA_ID, above 0 */
	uint32_t gateway; /* NHA_GATEWAY if it is IPv4 */
	int32_t index;    /* NHA_OIF; 0 = none */
	uint32_t flags;   /* RTNH_F_ONLINK, RTNH_F_DEAD, RTNH_F_LINKDOWN, ... */
	uint8_t protocol; /* nhmsg.nh_protocol, the origin mark */
	uint8_t family;   /* AF_INET, AF_INET6, AF_UNSPEC for groups */
	uint8_t scope;    /* RT_SCOPE_* */
	uint8_t hop;      /* 0 for the first record of an object; at most 255 */
	uint32_t extras;  /* CULVERT_EXTRA_* */
	uint32_t member;  /* nexthop_grp.id of NHA_GROUP; 0 unless it is a group */
	uint32_t reserved;
};

/*
 * A route of the IPv4 main table. A multipath route is a record for each hop, one after another.
 *
 *   0        4         8         12      16       20      24              25    26     27         28      29    30       32
 *   | prefix | nexthop | gateway | index | metric | flags | prefix length | tos | type | protocol | scope | hop | extras |
 *
 *   32       36  40
 *   | source | - |
 */
struct culvert_route {
	uint32_t prefix;  /* RTA_DST; 0 for the default route */
	uint32_t nexthop; /* RTA_NH_ID; 0 = the route has a gateway of its own, or none */
	uint32_t
		gateway; /* RTA_GATEWAY, also of a hop; with nexthop_compat_mode 1 also that of the next-hop object */
	int32_t index;   /* RTA_OIF, rtnh_ifindex of a hop */
	uint32_t metric; /* RTA_PRIORITY */
	uint32_t flags;  /* rtm_flags, rtnh_flags of a hop: RTNH_F_ONLINK, RTNH_F_DEAD, RTNH_F_LINKDOWN, ... */
	uint8_t prefix_length;
	uint8_t tos;
	uint8_t type;     /* RTN_UNICAST, RTN_BLACKHOLE, ... */
	uint8_t protocol; /* rtm_protocol, the origin mark */
	uint8_t scope;    /* RT_SCOPE_* */
	uint8_t hop;      /* 0 for the first record of a route; at most 255 */
	uint16_t extras;  /* CULVERT_EXTRA_* */
	uint32_t source;  /* RTA_PREFSRC */
	uint32_t reserved;
};

/*
 * A path MTU that the kernel has learned from ICMP, for one destination; those that have expired are left out by the kernel.
 *
 *   0             4     8
 *   | destination | mtu |
 */
struct culvert_path {
	uint32_t destination; /* RTA_DST, a single address */
	uint32_t mtu;         /* RTAX_MTU of RTA_METRICS, bytes, above 0 */
};

/* What an object has but its record cannot express. We write no such objects. */
#define CULVERT_EXTRA_MULTIPATH 1u  /* RTA_MULTIPATH, NHA_GROUP: several records, but no weights */
#define CULVERT_EXTRA_METRICS 2u    /* RTA_METRICS */
#define CULVERT_EXTRA_ENCAP 4u      /* RTA_ENCAP, NHA_ENCAP, IFLA_IPTUN_ENCAP_TYPE, collect metadata */
#define CULVERT_EXTRA_GATEWAY6 16u  /* RTA_VIA, an IPv6 NHA_GATEWAY */
#define CULVERT_EXTRA_BLACKHOLE 32u /* NHA_BLACKHOLE */
#define CULVERT_EXTRA_FDB 64u       /* NHA_FDB */

/* The operations. */
enum culvert_op_kind {
	CULVERT_LINK_CREATE = 1,    /* link: an ipip device; EEXIST if the name or (local, remote) is taken */
	CULVERT_LINK_SET = 2,       /* link: the properties in `set` of the device `index` */
	CULVERT_LINK_DELETE = 3,    /* link: index; ENODEV if there is none */
	CULVERT_ADDRESS_ADD = 4,    /* address; EEXIST if it exists */
	CULVERT_ADDRESS_DELETE = 5, /* address; EADDRNOTAVAIL if there is none */
	CULVERT_NEXTHOP_ADD = 6,    /* nexthop; EEXIST if the id is taken by anybody */
	CULVERT_NEXTHOP_DELETE = 7, /* nexthop: id; deletes its routes too, unannounced; ENOENT if there is none */
	CULVERT_ROUTE_ADD = 8,      /* route; EEXIST if the key is taken by anybody */
	CULVERT_ROUTE_REPLACE = 9,  /* route; replaces the route with that key, also a foreign one */
	CULVERT_ROUTE_DELETE = 10,  /* route; ESRCH if there is no route with that prefix, type and protocol */
};

/* Which properties CULVERT_LINK_SET writes. CULVERT_SET_TUNNEL writes local, pmtudisc and lower and resets the rest. */
#define CULVERT_SET_MTU 1u
#define CULVERT_SET_UP 2u
#define CULVERT_SET_TUNNEL 4u

/*
 * One operation: what kind, and its object.
 *
 *   0      4     8                                                       40
 *   | kind | set | index  | local   | mtu   | up | pmtu | - | name/lower |   link
 *   |      |     | index  | address | len | -                            |   address
 *   |      |     | id     | gateway | index | protocol | onlink | -      |   nexthop
 *   |      |     | prefix | nexthop | len | type | protocol | - | metric |   route
 *
 * Reserved bytes are written as 0.
 */
struct culvert_op {
	uint32_t kind; /* enum culvert_op_kind */
	uint32_t set;  /* CULVERT_SET_*; 0 unless kind is CULVERT_LINK_SET */
	union {
		struct {
			int32_t index; /* 0 on create */
			uint32_t local;
			uint32_t mtu;     /* 0 on create: the kernel's default */
			uint8_t up;       /* 1 up, 0 down */
			uint8_t pmtudisc; /* 1 or 0 */
			uint8_t reserved[2];
			union {
				char name[CULVERT_NAME_SIZE]; /* on create only */
				int32_t lower;                /* on set only: the device to bind it to; 0 = none */
			};
		} link;
		struct {
			int32_t index;
			uint32_t address;
			uint8_t prefix_length;
			uint8_t reserved[23];
		} address;
		struct {
			uint32_t id;
			uint32_t gateway;
			int32_t index;
			uint8_t protocol;
			uint8_t onlink; /* 1: the gateway is on the link of `index`, even if no route leads there */
			uint8_t reserved[18];
		} nexthop;
		/* Main table, TOS 0. */
		struct {
			uint32_t prefix;
			uint32_t nexthop; /* RTN_UNICAST needs one; RTN_BLACKHOLE has none; on delete 0 = any */
			uint8_t prefix_length;
			uint8_t type; /* RTN_UNICAST or RTN_BLACKHOLE */
			uint8_t protocol;
			uint8_t reserved;
			uint32_t metric; /* on delete 0 = the lowest that matches (fib_trie.c, fib_find_alias()) */
			uint8_t reserved_end[16];
		} route;
	};
};

/*
 * The outcome of one operation.
 *
 *   0       4        8                128
 *   | error | offset | text           |
 */
struct culvert_result {
	int32_t error;                /* 0 = done, or a positive errno */
	uint32_t offset;              /* NLMSGERR_ATTR_OFFS: the wrong byte of the request; 0 = unknown */
	char text[CULVERT_TEXT_SIZE]; /* NLMSGERR_ATTR_MSG, or this library's reason; empty = none */
};

/*
 * A range of IPv4 addresses.
 *
 *   0       4      8
 *   | first | last |
 */
struct culvert_range {
	uint32_t first;
	uint32_t last; /* included */
};

#define CULVERT_AT(record, field, offset)                                                                            \
	_Static_assert(offsetof(struct record, field) == (offset), #record "." #field " has moved")

_Static_assert(sizeof(struct culvert_link) == 72, "culvert_link");
CULVERT_AT(culvert_link, index, 0);
CULVERT_AT(culvert_link, flags, 4);
CULVERT_AT(culvert_link, mtu, 8);
CULVERT_AT(culvert_link, local, 12);
CULVERT_AT(culvert_link, remote, 16);
CULVERT_AT(culvert_link, lower, 20);
CULVERT_AT(culvert_link, extras, 24);
CULVERT_AT(culvert_link, ttl, 28);
CULVERT_AT(culvert_link, tos, 29);
CULVERT_AT(culvert_link, pmtudisc, 30);
CULVERT_AT(culvert_link, proto, 31);
CULVERT_AT(culvert_link, operstate, 32);
CULVERT_AT(culvert_link, master, 36);
CULVERT_AT(culvert_link, name, 40);
CULVERT_AT(culvert_link, kind, 56);

_Static_assert(sizeof(struct culvert_address) == 24, "culvert_address");
CULVERT_AT(culvert_address, index, 0);
CULVERT_AT(culvert_address, address, 4);
CULVERT_AT(culvert_address, peer, 8);
CULVERT_AT(culvert_address, flags, 12);
CULVERT_AT(culvert_address, prefix_length, 16);
CULVERT_AT(culvert_address, scope, 17);

_Static_assert(sizeof(struct culvert_nexthop) == 32, "culvert_nexthop");
CULVERT_AT(culvert_nexthop, id, 0);
CULVERT_AT(culvert_nexthop, gateway, 4);
CULVERT_AT(culvert_nexthop, index, 8);
CULVERT_AT(culvert_nexthop, flags, 12);
CULVERT_AT(culvert_nexthop, protocol, 16);
CULVERT_AT(culvert_nexthop, family, 17);
CULVERT_AT(culvert_nexthop, scope, 18);
CULVERT_AT(culvert_nexthop, hop, 19);
CULVERT_AT(culvert_nexthop, extras, 20);
CULVERT_AT(culvert_nexthop, member, 24);

_Static_assert(sizeof(struct culvert_route) == 40, "culvert_route");
CULVERT_AT(culvert_route, prefix, 0);
CULVERT_AT(culvert_route, nexthop, 4);
CULVERT_AT(culvert_route, gateway, 8);
CULVERT_AT(culvert_route, index, 12);
CULVERT_AT(culvert_route, metric, 16);
CULVERT_AT(culvert_route, flags, 20);
CULVERT_AT(culvert_route, prefix_length, 24);
CULVERT_AT(culvert_route, tos, 25);
CULVERT_AT(culvert_route, type, 26);
CULVERT_AT(culvert_route, protocol, 27);
CULVERT_AT(culvert_route, scope, 28);
CULVERT_AT(culvert_route, hop, 29);
CULVERT_AT(culvert_route, extras, 30);
CULVERT_AT(culvert_route, source, 32);

_Static_assert(sizeof(struct culvert_path) == 8, "culvert_path");
CULVERT_AT(culvert_path, destination, 0);
CULVERT_AT(culvert_path, mtu, 4);

_Static_assert(sizeof(struct culvert_op) == 40, "culvert_op");
CULVERT_AT(culvert_op, kind, 0);
CULVERT_AT(culvert_op, set, 4);
CULVERT_AT(culvert_op, link.index, 8);
CULVERT_AT(culvert_op, link.local, 12);
CULVERT_AT(culvert_op, link.mtu, 16);
CULVERT_AT(culvert_op, link.up, 20);
CULVERT_AT(culvert_op, link.pmtudisc, 21);
CULVERT_AT(culvert_op, link.name, 24);
CULVERT_AT(culvert_op, link.lower, 24);
CULVERT_AT(culvert_op, address.index, 8);
CULVERT_AT(culvert_op, address.address, 12);
CULVERT_AT(culvert_op, address.prefix_length, 16);
CULVERT_AT(culvert_op, nexthop.id, 8);
CULVERT_AT(culvert_op, nexthop.gateway, 12);
CULVERT_AT(culvert_op, nexthop.index, 16);
CULVERT_AT(culvert_op, nexthop.protocol, 20);
CULVERT_AT(culvert_op, nexthop.onlink, 21);
CULVERT_AT(culvert_op, route.prefix, 8);
CULVERT_AT(culvert_op, route.nexthop, 12);
CULVERT_AT(culvert_op, route.prefix_length, 16);
CULVERT_AT(culvert_op, route.type, 17);
CULVERT_AT(culvert_op, route.protocol, 18);
CULVERT_AT(culvert_op, route.metric, 20);

_Static_assert(sizeof(struct culvert_range) == 8, "culvert_range");
CULVERT_AT(culvert_range, first, 0);
CULVERT_AT(culvert_range, last, 4);

_Static_assert(sizeof(struct culvert_result) == 128, "culvert_result");
CULVERT_AT(culvert_result, error, 0);
CULVERT_AT(culvert_result, offset, 4);
CULVERT_AT(culvert_result, text, 8);

/* A command socket: NETLINK_ROUTE, one thread at a time. */
struct culvert_socket;

/*
 * Opens a command socket in the network namespace that `netns` names (/run/netns/n1), or in the caller's if NULL.
 * Entering another namespace needs CAP_SYS_ADMIN. The calling thread is back in its own namespace on return: if it
 * cannot return, the process ends with abort(), because it would program another node's kernel from then on.
 */
int culvert_socket_open(const char *netns, struct culvert_socket **ret_socket);

/* The socket's netlink port, for culvert_monitor_open(): the kernel puts it into the announcements it causes. */
uint32_t culvert_socket_port(const struct culvert_socket *socket);

void culvert_socket_close(struct culvert_socket *socket);

/*
 * Starts a dump of `table` (enum culvert_table) and ends the one in progress on this socket, if any.
 * EOPNOTSUPP for CULVERT_TABLE_NEXTHOP: the kernel is older than 5.3.
 */
int culvert_dump_start(struct culvert_socket *socket, uint32_t table);

/*
 * Writes up to `capacity` records of the table and returns how many; 0 when the dump is complete. At most one datagram is
 * held, so memory is bounded for a table of any length. -EINTR: start again (see above). An error ends the dump.
 */
int culvert_dump_next(struct culvert_socket *socket, void *records, uint32_t capacity);

/*
 * Performs `count` operations in order and writes one result for each; returns how many failed.
 *
 * Many operations share a sendmsg(2), and only the last requests an acknowledgement: the kernel reports failures in any
 * case. A negative return means that results were lost (-ENOBUFS, -EPROTO): those still unknown are EINPROGRESS, and the
 * caller must read the tables.
 */
int culvert_apply(struct culvert_socket *socket, const struct culvert_op *ops, uint32_t count,
		  struct culvert_result *results);

/*
 * Deletes from connection tracking each IPv4 flow whose first packet came from one of `sources`, whose source is not
 * translated, and whose other end is in none of `kept`: its next packet makes a new one, by the rules of today. Returns how
 * many. The ranges are sorted and apart. -EBUSY: all but some that a flowtable has taken over.
 * -EOPNOTSUPP or -EINVAL: the kernel has no ctnetlink (nf_conntrack_netlink).
 */
int culvert_forget_flows(struct culvert_socket *socket, const struct culvert_range *sources, uint32_t source_count,
			 const struct culvert_range *kept, uint32_t kept_count);

/* What culvert_monitor_wait() reports. */
#define CULVERT_DIRTY_LINK 1u /* or its sysctls */
#define CULVERT_DIRTY_ADDRESS 2u
#define CULVERT_DIRTY_NEXTHOP 4u
#define CULVERT_DIRTY_ROUTE 8u
#define CULVERT_DIRTY_NFT 16u
#define CULVERT_DIRTY_OVERRUN 32u       /* messages were lost: everything may have changed */
#define CULVERT_ROUTES_LOST 64u         /* routes of ours were deleted: culvert_monitor_lost() returns them */
#define CULVERT_WOKEN 128u              /* culvert_monitor_wake() was called */
#define CULVERT_DIRTY_FIREWALL 256u     /* a foreign base chain, or a rule of ours in a foreign chain */
#define CULVERT_DIRTY_FOREIGN_RULE 512u /* another rule of others */

/* Lost routes that one wait reports at most; the others count as CULVERT_DIRTY_ROUTE. */
#define CULVERT_LOST_MAX 256u

/* A subscription to changes that others make. One thread waits; any thread may wake it. */
struct culvert_monitor;

/*
 * Subscribes in the network namespace `netns` (as in culvert_socket_open()).
 *
 * A filter (SO_ATTACH_FILTER) drops messages caused by port `ignored_port` (0 = none). For changes of existing links the
 * kernel does not say who caused them. Reported route messages: IPv4, main table, no cached exceptions, and either protocol
 * `protocol`, or a replacement, or metric 0 or UINT32_MAX (our key was taken or freed), or a
 * default route. A deleted route of `protocol`, with one of these metrics and TOS 0, is a lost route; it does not make the
 * table dirty. Of nftables only table `nft_table` of family ip is reported.
 */
int culvert_monitor_open(const char *netns, uint32_t ignored_port, uint8_t protocol, const char *nft_table,
			 struct culvert_monitor **ret_monitor);

/*
 * Waits up to `timeout_ms` (-1 = no limit) and returns a union of CULVERT_DIRTY_*, CULVERT_ROUTES_LOST and CULVERT_WOKEN
 * for all that has arrived. 0 = nothing of interest; this may be before the timeout.
 */
int culvert_monitor_wait(struct culvert_monitor *monitor, int timeout_ms);

/* Writes the lost routes of the last wait, at most `capacity`, and returns their number. */
int culvert_monitor_lost(const struct culvert_monitor *monitor, struct culvert_route *lost, uint32_t capacity);

/* Makes a wait return at once with CULVERT_WOKEN. From any thread, until close. */
int culvert_monitor_wake(struct culvert_monitor *monitor);

void culvert_monitor_close(struct culvert_monitor *monitor);

/*
 * Sends `message`, such as "READY=1" of sd_notify(3), to the supervisor's datagram socket `name`. `name` is a path, or in
 * the abstract namespace if it begins with @. Does not wait: -EAGAIN when the receiver's queue is full, -ECONNREFUSED or
 * -ENOENT when there is none, -EAFNOSUPPORT for another kind of name, -ENAMETOOLONG beyond 107 bytes.
 */
int culvert_notify(const char *name, const char *message);

/*
 * The layout of every record and the value of every constant the caller repeats, by name: "route.prefix" (offset),
 * "route.prefix:size" (bytes), "sizeof.route", "errno.EEXIST", "kind.ROUTE_ADD", ...
 * culvert_layout_name() returns NULL past the end, culvert_layout_value() 0.
 */
const char *culvert_layout_name(uint32_t i);
int32_t culvert_layout_value(uint32_t i);

#endif
