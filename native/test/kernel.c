/* SPDX-License-Identifier: Apache-2.0 */
/* The library against this machine's kernel. */
#include "isolated.h"
#include "socket.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define OURS 90
#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define MANY 20000

static struct culvert_socket *open_here(void)
{
	struct culvert_socket *s;

	assert_int_equal(culvert_socket_open(NULL, &s), 0);
	return s;
}

/* A veth pair v0-v1, up, with 10.0.0.1/24 on v0; returns the index of v0. */
static int underlay(void)
{
	FILE *file;
	int index;

	sh("ip link set lo up && ip link add v0 mtu 1400 type veth peer name v1 && ip addr add 10.0.0.1/24 dev v0 && "
	   "ip link set v0 up && ip link set v1 up");
	file = fopen("/sys/class/net/v0/ifindex", "r");
	if (file != NULL && fscanf(file, "%d", &index) == 1) {
		fclose(file);
		return index;
	}
	/* sysfs shows the namespace it was mounted in, so use ip. */
	file = popen("ip -o link show v0 | cut -d: -f1", "r");
	assert_int_equal(fscanf(file, "%d", &index), 1);
	pclose(file);
	return index;
}

/* Reads a whole table, `step` records at a time; returns how many. */
static int dump(struct culvert_socket *s, uint32_t table, void *records, uint32_t capacity, uint32_t step)
{
	size_t size = culvert_record_size(table);
	uint32_t total = 0;
	int count;

	assert_int_equal(culvert_dump_start(s, table), 0);
	do {
		assert_true(total + step <= capacity);
		count = culvert_dump_next(s, (uint8_t *)records + total * size, step);
		assert_true(count >= 0);
		assert_true((uint32_t)count <= step);
		total += (uint32_t)count;
	} while (count > 0);
	return (int)total;
}

static struct culvert_op nexthop_op(uint32_t kind, uint32_t id, uint32_t gateway, int index)
{
	return (struct culvert_op){
		.kind = kind,
		.nexthop = {.id = id, .gateway = gateway, .index = index, .protocol = OURS, .onlink = 1}};
}

static struct culvert_op route_op(uint32_t kind, uint32_t prefix, uint8_t length, uint32_t nexthop)
{
	return (struct culvert_op){.kind = kind,
				   .route = {.prefix = prefix,
					     .prefix_length = length,
					     .nexthop = nexthop,
					     .type = nexthop == 0 ? RTN_BLACKHOLE : RTN_UNICAST,
					     .protocol = OURS}};
}

static struct culvert_op delete_op(uint32_t prefix, uint8_t length, uint8_t type)
{
	return (struct culvert_op){
		.kind = CULVERT_ROUTE_DELETE,
		.route = {.prefix = prefix, .prefix_length = length, .type = type, .protocol = OURS}};
}

static struct culvert_result apply_one(struct culvert_socket *s, struct culvert_op op)
{
	struct culvert_result result;
	int failed = culvert_apply(s, &op, 1, &result);

	assert_int_equal(failed, result.error != 0);
	return result;
}

static void assert_done(struct culvert_socket *s, struct culvert_op op)
{
	struct culvert_result result = apply_one(s, op);

	if (result.error != 0)
		fail_msg("%s: %s", strerror(result.error), result.text);
}

static const struct culvert_route *route_to(const struct culvert_route *routes, int count, uint32_t prefix)
{
	for (int i = 0; i < count; i++)
		if (routes[i].prefix == prefix)
			return &routes[i];
	return NULL;
}

static void links_are_read(void **state)
{
	struct culvert_link links[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	int bridge = 0, seen = 0;

	(void)state;
	sh("ip link add b0 type bridge && ip link set v0 master b0");
	for (int i = 0, count = dump(s, CULVERT_TABLE_LINK, links, 16, 8); i < count; i++)
		if (strcmp(links[i].name, "b0") == 0)
			bridge = links[i].index;
	assert_true(bridge > 0);
	for (int i = 0, count = dump(s, CULVERT_TABLE_LINK, links, 16, 8); i < count; i++) {
		if (links[i].index != index)
			continue;
		seen++;
		assert_string_equal(links[i].name, "v0");
		assert_string_equal(links[i].kind, "veth");
		assert_int_equal(links[i].mtu, 1400);
		assert_int_equal(links[i].master, bridge);
		assert_true(links[i].flags & IFF_UP);
	}
	assert_int_equal(seen, 1);
	culvert_socket_close(s);
}

static void addresses_are_read(void **state)
{
	struct culvert_address addresses[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	int count = dump(s, CULVERT_TABLE_ADDRESS, addresses, 16, 8);

	(void)state;
	assert_int_equal(count, 2);
	assert_int_equal(addresses[0].address, IP(127, 0, 0, 1));
	assert_int_equal(addresses[1].address, IP(10, 0, 0, 1));
	assert_int_equal(addresses[1].peer, IP(10, 0, 0, 1));
	assert_int_equal(addresses[1].prefix_length, 24);
	assert_int_equal(addresses[1].index, index);
	culvert_socket_close(s);
}

static void a_namespace_without_routes_is_an_empty_table(void **state)
{
	struct culvert_route routes[4];
	struct culvert_path paths[4];
	struct culvert_socket *s = open_here();

	(void)state;
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, 4, 4), 0);
	assert_int_equal(dump(s, CULVERT_TABLE_PATH, paths, 4, 4), 0);
	culvert_socket_close(s);
}

static void a_route_with_an_mtu_is_no_learned_path(void **state)
{
	struct culvert_path paths[4];
	struct culvert_socket *s = open_here();

	(void)state;
	underlay();
	sh("ip route add 192.168.9.1 via 10.0.0.9 mtu 1300");
	assert_int_equal(dump(s, CULVERT_TABLE_PATH, paths, 4, 4), 0);
	culvert_socket_close(s);
}

static void what_is_written_is_read(void **state)
{
	struct culvert_route routes[16];
	struct culvert_nexthop nexthops[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	const struct culvert_route *route;
	int count;

	(void)state;
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(172, 16, 0, 9), index));
	assert_done(s, route_op(CULVERT_ROUTE_ADD, IP(192, 168, 1, 64), 26, 900));
	assert_done(s, route_op(CULVERT_ROUTE_ADD, IP(192, 168, 2, 0), 26, 0));

	assert_int_equal(dump(s, CULVERT_TABLE_NEXTHOP, nexthops, 16, 4), 1);
	assert_int_equal(nexthops[0].id, 900);
	assert_int_equal(nexthops[0].gateway, IP(172, 16, 0, 9));
	assert_int_equal(nexthops[0].index, index);
	assert_int_equal(nexthops[0].protocol, OURS);
	assert_int_equal(nexthops[0].family, AF_INET);
	assert_true(nexthops[0].flags & RTNH_F_ONLINK);
	assert_int_equal(nexthops[0].extras, 0);

	count = dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8);
	assert_int_equal(count, 3); /* with the connected 10.0.0.0/24 */
	route = route_to(routes, count, IP(192, 168, 1, 64));
	assert_non_null(route);
	assert_int_equal(route->nexthop, 900);
	assert_int_equal(route->prefix_length, 26);
	assert_int_equal(route->type, RTN_UNICAST);
	assert_int_equal(route->protocol, OURS);
	assert_int_equal(route->metric, 0);
	assert_int_equal(route->extras, 0);
	route = route_to(routes, count, IP(192, 168, 2, 0));
	assert_non_null(route);
	assert_int_equal(route->type, RTN_BLACKHOLE);
	assert_int_equal(route->nexthop, 0);
	culvert_socket_close(s);
}

static void what_a_record_cannot_express_is_marked(void **state)
{
	struct culvert_route routes[16];
	struct culvert_nexthop nexthops[16];
	struct culvert_socket *s = open_here();
	const struct culvert_route *route;
	int count;

	(void)state;
	underlay();
	sh("ip route add 192.168.1.0/24 via 10.0.0.9 mtu 1300 src 10.0.0.1 && ip nexthop add id 1 blackhole && "
	   "ip nexthop add id 2 via 10.0.0.9 dev v0 && ip nexthop add id 3 group 2 && "
	   "ip nexthop add id 4 via fe80::9 dev v0");
	count = dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8);
	route = route_to(routes, count, IP(192, 168, 1, 0));
	assert_non_null(route);
	assert_int_equal(route->extras, CULVERT_EXTRA_METRICS);
	assert_int_equal(route->source, IP(10, 0, 0, 1));
	assert_int_equal(dump(s, CULVERT_TABLE_NEXTHOP, nexthops, 16, 4), 4);
	assert_int_equal(nexthops[0].extras, CULVERT_EXTRA_BLACKHOLE);
	assert_int_equal(nexthops[1].extras, 0);
	assert_int_equal(nexthops[2].extras, CULVERT_EXTRA_MULTIPATH);
	assert_int_equal(nexthops[3].extras, CULVERT_EXTRA_GATEWAY6);
	assert_int_equal(nexthops[3].gateway, 0);
	culvert_socket_close(s);
}

/* Read one record at a time, so that the dump continues amid a route and amid a group. */
static void every_hop_and_every_member_is_a_record(void **state)
{
	struct culvert_route routes[16];
	struct culvert_nexthop nexthops[16];
	struct culvert_socket *s = open_here();
	const struct culvert_route *route;
	int index = underlay();
	int count;

	(void)state;
	sh("ip route add default nexthop via 10.0.0.7 dev v0 nexthop via 10.0.0.8 dev v0 onlink && "
	   "ip nexthop add id 1 via 10.0.0.7 dev v0 && ip nexthop add id 2 via 10.0.0.9 dev v0 && "
	   "ip nexthop add id 3 group 1/2");
	count = dump(s, CULVERT_TABLE_ROUTE, routes, 16, 1);
	route = route_to(routes, count, 0);
	assert_non_null(route);
	for (int hop = 0; hop < 2; hop++) {
		assert_int_equal(route[hop].prefix_length, 0);
		assert_int_equal(route[hop].hop, hop);
		assert_int_equal(route[hop].gateway, IP(10, 0, 0, 7 + hop));
		assert_int_equal(route[hop].index, index);
		assert_int_equal(route[hop].extras, CULVERT_EXTRA_MULTIPATH);
	}
	assert_false(route[0].flags & RTNH_F_ONLINK);
	assert_true(route[1].flags & RTNH_F_ONLINK);
	assert_int_equal(dump(s, CULVERT_TABLE_NEXTHOP, nexthops, 16, 1), 4);
	for (int hop = 0; hop < 2; hop++) {
		assert_int_equal(nexthops[hop].member, 0);
		assert_int_equal(nexthops[2 + hop].id, 3);
		assert_int_equal(nexthops[2 + hop].hop, hop);
		assert_int_equal(nexthops[2 + hop].member, 1 + hop);
	}
	culvert_socket_close(s);
}

static void only_the_main_table_is_read(void **state)
{
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();

	(void)state;
	underlay();
	sh("ip route add 192.168.1.0/24 via 10.0.0.9 table 100 && ip route add 192.168.2.0/24 via 10.0.0.9");
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8), 2);
	culvert_socket_close(s);
}

static void a_batch_continues_after_failures(void **state)
{
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_op ops[] = {
		nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index),
		route_op(CULVERT_ROUTE_ADD, IP(192, 168, 1, 0), 26, 900),
		route_op(CULVERT_ROUTE_ADD, IP(192, 168, 1, 0), 26, 900),
		route_op(CULVERT_ROUTE_ADD, IP(192, 168, 1, 1), 26, 900),
		{.kind = 77},
		route_op(CULVERT_ROUTE_ADD, IP(192, 168, 2, 0), 26, 900),
		route_op(CULVERT_ROUTE_ADD, IP(192, 168, 3, 0), 26, 901),
	};
	struct culvert_result results[7];

	(void)state;
	assert_int_equal(culvert_apply(s, ops, 7, results), 4);
	assert_int_equal(results[0].error, 0);
	assert_int_equal(results[1].error, 0);
	assert_int_equal(results[2].error, EEXIST);
	assert_int_equal(results[3].error, EINVAL);
	assert_string_equal(results[3].text, "Invalid prefix for given prefix length");
	assert_int_equal(results[4].error, EINVAL);
	assert_string_equal(results[4].text, "unknown operation");
	assert_int_equal(results[5].error, 0);
	assert_int_equal(results[6].error, EINVAL);
	assert_string_equal(results[6].text, "Nexthop id does not exist");
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8), 3);
	culvert_socket_close(s);
}

static void the_last_operation_of_a_batch_may_be_invalid(void **state)
{
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_op ops[] = {nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index), {.kind = 0}};
	struct culvert_result results[2];

	(void)state;
	assert_int_equal(culvert_apply(s, ops, 2, results), 1);
	assert_int_equal(results[0].error, 0);
	assert_int_equal(results[1].error, EINVAL);
	assert_int_equal(culvert_apply(s, ops + 1, 1, results), 1);
	assert_int_equal(culvert_apply(s, ops, 0, results), 0);
	culvert_socket_close(s);
}

static void a_foreign_route_stays(void **state)
{
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	const struct culvert_route *route;
	int count;

	(void)state;
	sh("ip route add 192.168.1.0/24 via 10.0.0.7 proto 17");
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index));
	assert_int_equal(apply_one(s, route_op(CULVERT_ROUTE_ADD, IP(192, 168, 1, 0), 24, 900)).error, EEXIST);
	assert_int_equal(apply_one(s, delete_op(IP(192, 168, 1, 0), 24, RTN_UNICAST)).error, ESRCH);
	count = dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8);
	route = route_to(routes, count, IP(192, 168, 1, 0));
	assert_non_null(route);
	assert_int_equal(route->protocol, 17);
	assert_int_equal(route->gateway, IP(10, 0, 0, 7));
	culvert_socket_close(s);
}

static void a_route_is_replaced_in_place(void **state)
{
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	int count;

	(void)state;
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index));
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 901, IP(10, 0, 0, 8), index));
	assert_done(s, route_op(CULVERT_ROUTE_REPLACE, IP(192, 168, 1, 0), 26, 900));
	assert_done(s, route_op(CULVERT_ROUTE_REPLACE, IP(192, 168, 1, 0), 26, 901));
	count = dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8);
	assert_int_equal(count, 2);
	assert_int_equal(route_to(routes, count, IP(192, 168, 1, 0))->nexthop, 901);
	assert_done(s, route_op(CULVERT_ROUTE_REPLACE, IP(192, 168, 1, 0), 26, 0));
	count = dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8);
	assert_int_equal(count, 2);
	assert_int_equal(route_to(routes, count, IP(192, 168, 1, 0))->type, RTN_BLACKHOLE);
	assert_done(s, delete_op(IP(192, 168, 1, 0), 26, RTN_BLACKHOLE));
	assert_int_equal(apply_one(s, delete_op(IP(192, 168, 1, 0), 26, RTN_BLACKHOLE)).error, ESRCH);
	culvert_socket_close(s);
}

static void a_delete_may_specify_the_metric(void **state)
{
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();
	struct culvert_op op = delete_op(IP(192, 168, 1, 0), 24, RTN_UNICAST);

	(void)state;
	underlay();
	sh("ip route add 192.168.1.0/24 via 10.0.0.7 proto 90 metric 5 && "
	   "ip route add 192.168.1.0/24 via 10.0.0.7 proto 90 metric 7");
	op.route.metric = 6;
	assert_int_equal(apply_one(s, op).error, ESRCH);
	op.route.metric = 7;
	assert_done(s, op);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8), 2);
	assert_int_equal(route_to(routes, 2, IP(192, 168, 1, 0))->metric, 5);
	culvert_socket_close(s);
}

static void next_hops_are_added_and_deleted(void **state)
{
	struct culvert_nexthop nexthops[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_op deletion = {.kind = CULVERT_NEXTHOP_DELETE, .nexthop.id = 900};
	struct culvert_result result;

	(void)state;
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index));
	assert_int_equal(apply_one(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 8), index)).error, EEXIST);
	assert_int_equal(dump(s, CULVERT_TABLE_NEXTHOP, nexthops, 16, 4), 1);
	assert_int_equal(nexthops[0].gateway, IP(10, 0, 0, 9));
	assert_done(s, deletion);
	assert_int_equal(apply_one(s, deletion).error, ENOENT);
	result = apply_one(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), 9999));
	assert_int_equal(result.error, EINVAL);
	assert_string_equal(result.text, "Invalid device index");
	culvert_socket_close(s);
}

static void a_next_hop_needs_a_device_that_is_up(void **state)
{
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_result result;

	(void)state;
	sh("ip link set v0 down");
	result = apply_one(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index));
	assert_int_equal(result.error, ENETDOWN);
	culvert_socket_close(s);
}

static void links_are_set_and_deleted(void **state)
{
	struct culvert_link links[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_op set = {.kind = CULVERT_LINK_SET,
				 .set = CULVERT_SET_MTU | CULVERT_SET_UP,
				 .link = {.index = index, .mtu = 1300, .up = 0}};
	struct culvert_op deletion = {.kind = CULVERT_LINK_DELETE, .link.index = index};
	int count;

	(void)state;
	assert_done(s, set);
	count = dump(s, CULVERT_TABLE_LINK, links, 16, 8);
	for (int i = 0; i < count; i++) {
		if (links[i].index != index)
			continue;
		assert_int_equal(links[i].mtu, 1300);
		assert_false(links[i].flags & IFF_UP);
	}
	set.set = CULVERT_SET_UP;
	set.link.up = 1;
	assert_done(s, set);
	sh("ip -o link show v0 up | grep -q v0");
	assert_done(s, deletion);
	assert_int_equal(apply_one(s, deletion).error, ENODEV);
	assert_int_equal(apply_one(s, set).error, ENODEV);
	culvert_socket_close(s);
}

static void addresses_are_added_and_deleted(void **state)
{
	struct culvert_address addresses[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_op op = {.kind = CULVERT_ADDRESS_ADD,
				.address = {.index = index, .address = IP(192, 168, 9, 1), .prefix_length = 32}};

	(void)state;
	assert_done(s, op);
	assert_int_equal(apply_one(s, op).error, EEXIST);
	assert_int_equal(dump(s, CULVERT_TABLE_ADDRESS, addresses, 16, 8), 3);
	op.kind = CULVERT_ADDRESS_DELETE;
	assert_done(s, op);
	assert_int_equal(apply_one(s, op).error, EADDRNOTAVAIL);
	assert_int_equal(dump(s, CULVERT_TABLE_ADDRESS, addresses, 16, 8), 2);
	culvert_socket_close(s);
}

/* On a kernel without ipip the error is clear. test/ipip.c covers kernels with it. */
static void an_ipip_device_is_created_or_clearly_refused(void **state)
{
	struct culvert_socket *s = open_here();
	struct culvert_op op = {.kind = CULVERT_LINK_CREATE,
				.link = {.local = IP(10, 0, 0, 1), .mtu = 1380, .pmtudisc = 1, .name = "culvert0"}};
	struct culvert_result result;

	(void)state;
	underlay();
	result = apply_one(s, op);
	if (system("ip link add probe type ipip local 10.0.0.2 2>/dev/null") == 0) {
		assert_int_equal(result.error, 0);
	} else {
		assert_int_equal(result.error, EOPNOTSUPP);
		assert_string_equal(result.text, "Unknown device type");
	}
	culvert_socket_close(s);
}

static void invalid_operations_are_not_sent(void **state)
{
	static const struct {
		struct culvert_op op;
		const char *reason;
	} cases[] = {
		{{.kind = CULVERT_LINK_CREATE, .link.name = ""}, "device name must have 1 to 15 bytes"},
		{{.kind = CULVERT_LINK_CREATE, .link.name = "0123456789abcdef"},
		 "device name must have 1 to 15 bytes"},
		{{.kind = CULVERT_LINK_SET, .set = CULVERT_SET_UP}, "device index must be above 0"},
		{{.kind = CULVERT_LINK_SET, .link.index = 1}, "no known property to set"},
		{{.kind = CULVERT_LINK_SET, .set = 8, .link.index = 1}, "no known property to set"},
		{{.kind = CULVERT_LINK_DELETE}, "device index must be above 0"},
		{{.kind = CULVERT_ADDRESS_ADD, .address.prefix_length = 33}, "prefix length must be at most 32"},
		{{.kind = CULVERT_NEXTHOP_ADD}, "next-hop id must be above 0"},
		{{.kind = CULVERT_NEXTHOP_DELETE}, "next-hop id must be above 0"},
		{{.kind = CULVERT_ROUTE_ADD, .route.type = RTN_UNICAST}, "a unicast route needs a next-hop id"},
		{{.kind = CULVERT_ROUTE_ADD, .route = {.type = RTN_BLACKHOLE, .nexthop = 1}},
		 "a blackhole route has no next hop"},
		{{.kind = CULVERT_ROUTE_ADD, .route.type = RTN_LOCAL}, "route type must be unicast or blackhole"},
		{{.kind = CULVERT_ROUTE_DELETE, .route.type = RTN_UNICAST},
		 "a route is deleted by type and protocol"},
		{{.kind = CULVERT_ROUTE_DELETE, .route.protocol = OURS}, "a route is deleted by type and protocol"},
		{{.kind = 0}, "unknown operation"},
	};
	struct culvert_socket *s = open_here();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct culvert_result result = apply_one(s, cases[i].op);

		assert_int_equal(result.error, EINVAL);
		assert_string_equal(result.text, cases[i].reason);
	}
	culvert_socket_close(s);
}

static uint32_t block(uint32_t i)
{
	return IP(172, 16, 0, 0) + i * 64;
}

/* Every seventh operation of a large batch fails; exactly those have an error. */
static void many_operations(uint32_t acks_max)
{
	static struct culvert_op ops[MANY];
	static struct culvert_result results[MANY];
	static struct culvert_route routes[MANY + 128];
	struct culvert_socket *s = open_here();
	int index = underlay();
	int bad = 0;

	if (acks_max > 0)
		s->acks_max = acks_max;
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index));
	for (uint32_t i = 0; i < MANY; i++) {
		ops[i] = route_op(CULVERT_ROUTE_ADD, block(i) + (i % 7 == 3), 26, 900);
		bad += i % 7 == 3;
	}
	assert_int_equal(culvert_apply(s, ops, MANY, results), bad);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(results[i].error, i % 7 == 3 ? EINVAL : 0);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, MANY + 128, 64), MANY - bad + 1);
	for (uint32_t i = 0; i < MANY; i++)
		ops[i] = delete_op(block(i), 26, RTN_UNICAST);
	assert_int_equal(culvert_apply(s, ops, MANY, results), bad);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(results[i].error, i % 7 == 3 ? ESRCH : 0);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, MANY + 128, 1), 1);
	culvert_socket_close(s);
}

static void a_large_batch_maps_every_failure(void **state)
{
	(void)state;
	many_operations(0);
}

static void a_small_receive_buffer_makes_small_rounds(void **state)
{
	(void)state;
	many_operations(3);
}

static void sequence_numbers_may_wrap_around(void **state)
{
	struct culvert_op ops[8];
	struct culvert_result results[8];
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();

	(void)state;
	underlay();
	s->sequence = UINT32_MAX - 3;
	for (uint32_t i = 0; i < 8; i++)
		ops[i] = route_op(CULVERT_ROUTE_ADD, block(i) + (i % 2), 26, 0);
	assert_int_equal(culvert_apply(s, ops, 8, results), 4);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(results[i].error, i % 2 ? EINVAL : 0);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8), 5);
	culvert_socket_close(s);
}

/* Without the limit of acks_max, the call fails when acknowledgements are lost; the socket stays usable. */
static void lost_acknowledgements_are_not_success(void **state)
{
	static struct culvert_op ops[2000];
	static struct culvert_result results[2000];
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();
	int tiny = 4096;

	(void)state;
	underlay();
	assert_int_equal(setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny), 0);
	s->acks_max = UINT32_MAX;
	for (uint32_t i = 0; i < 2000; i++)
		ops[i] = delete_op(block(i), 26, RTN_UNICAST);
	assert_int_equal(culvert_apply(s, ops, 2000, results), -ENOBUFS);
	assert_int_equal(results[1999].error, EINPROGRESS);
	s->acks_max = 2;
	assert_int_equal(culvert_apply(s, ops, 10, results), 10);
	assert_int_equal(results[9].error, ESRCH);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8), 1);
	culvert_socket_close(s);
}

static void an_unfinished_dump_does_no_harm(void **state)
{
	static struct culvert_op ops[MANY];
	static struct culvert_result results[MANY];
	static struct culvert_route routes[MANY + 128];
	struct culvert_socket *s = open_here();

	(void)state;
	underlay();
	for (uint32_t i = 0; i < MANY; i++)
		ops[i] = route_op(CULVERT_ROUTE_ADD, block(i), 26, 0);
	assert_int_equal(culvert_apply(s, ops, MANY, results), 0);
	assert_int_equal(culvert_dump_start(s, CULVERT_TABLE_ROUTE), 0);
	assert_int_equal(culvert_dump_next(s, routes, 1), 1);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, MANY + 128, 64), MANY + 1);
	assert_int_equal(culvert_dump_start(s, CULVERT_TABLE_ROUTE), 0);
	assert_int_equal(culvert_dump_next(s, routes, 1), 1);
	assert_int_equal(apply_one(s, delete_op(block(0), 26, RTN_BLACKHOLE)).error, 0);
	assert_int_equal(culvert_dump_next(s, routes, 1), 0);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, MANY + 128, 64), MANY);
	assert_int_equal(culvert_dump_start(s, 99), -EINVAL);
	assert_int_equal(culvert_dump_next(s, routes, 0), -EINVAL);
	culvert_socket_close(s);
}

/* Any process with CAP_NET_ADMIN may send to our port. */
static void messages_of_other_processes_are_ignored(void **state)
{
	struct culvert_socket *s = open_here();
	int stranger = culvert_open_netlink(NULL, NETLINK_ROUTE);
	struct sockaddr_nl us = {.nl_family = AF_NETLINK, .nl_pid = culvert_socket_port(s)};
	struct nlmsghdr forged = {.nlmsg_len = sizeof forged, .nlmsg_type = NLMSG_DONE};

	(void)state;
	assert_int_equal(sendto(stranger, &forged, sizeof forged, 0, (struct sockaddr *)&us, sizeof us),
			 sizeof forged);
	assert_int_equal(recv(s->fd, s->received, sizeof s->received, MSG_PEEK | MSG_DONTWAIT), sizeof forged);
	assert_int_equal(culvert_receive(s->fd, s->received, sizeof s->received), -EAGAIN);
	close(stranger);
	culvert_socket_close(s);
}

static void a_truncated_datagram_is_an_error(void **state)
{
	struct culvert_socket *s = open_here();

	(void)state;
	assert_int_equal(culvert_dump_start(s, CULVERT_TABLE_LINK), 0);
	assert_int_equal(culvert_receive(s->fd, s->received, 64), -EMSGSIZE);
	culvert_socket_close(s);
}

static void own_namespace(char *text, size_t size)
{
	ssize_t length = readlink("/proc/thread-self/ns/net", text, size - 1);

	assert_true(length > 0);
	text[length] = '\0';
}

/* A process in a namespace of its own, which has a device v0. */
static pid_t stranger(void)
{
	int ready[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		/* A failed test does not kill it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		enter_own_namespace();
		underlay();
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	return child;
}

static void a_socket_lives_in_the_namespace_it_was_opened_in(void **state)
{
	struct culvert_link links[16];
	struct culvert_socket *s;
	struct culvert_monitor *m;
	char before[64], after[64], path[64];
	pid_t child = stranger();

	(void)state;
	snprintf(path, sizeof path, "/proc/%d/ns/net", child);
	own_namespace(before, sizeof before);
	assert_int_equal(culvert_socket_open(path, &s), 0);
	assert_int_equal(culvert_monitor_open(path, 0, OURS, "culvert", &m), 0);
	own_namespace(after, sizeof after);
	assert_string_equal(before, after);
	assert_true(dump(s, CULVERT_TABLE_LINK, links, 16, 8) >= 3);
	culvert_monitor_close(m);
	culvert_socket_close(s);
	kill(child, SIGKILL);
}

static void a_file_that_is_no_namespace_is_refused(void **state)
{
	struct culvert_socket *s;
	struct culvert_monitor *m;

	(void)state;
	assert_int_equal(culvert_socket_open("/run/netns/culvert-no-such", &s), -ENOENT);
	assert_int_equal(culvert_socket_open("/dev/null", &s), -EINVAL);
	assert_int_equal(culvert_monitor_open("/dev/null", 0, OURS, "culvert", &m), -EINVAL);
}

/* All that the monitor reports within 250 ms of silence. */
static uint32_t news(struct culvert_monitor *m)
{
	uint32_t news = 0;
	int reported;

	while ((reported = culvert_monitor_wait(m, 250)) > 0)
		news |= (uint32_t)reported;
	assert_true(reported == 0);
	return news;
}

static struct culvert_monitor *monitor_of(uint32_t ignored_port)
{
	struct culvert_monitor *m;

	assert_int_equal(culvert_monitor_open(NULL, ignored_port, OURS, "culvert", &m), 0);
	return m;
}

static void changes_of_others_are_reported(void **state)
{
	static const struct {
		const char *command;
		uint32_t news;
	} cases[] = {
		{"ip link set v0 mtu 1350", CULVERT_DIRTY_LINK},
		{"cd /proc/sys/net/ipv4/conf/v0 && echo 0 >forwarding && echo 1 >forwarding", CULVERT_DIRTY_LINK},
		{"cd /proc/sys/net/ipv4/conf/v0 && echo 1 >rp_filter && echo 2 >rp_filter", CULVERT_DIRTY_LINK},
		{"ip addr add 10.9.0.1/32 dev v0", CULVERT_DIRTY_ADDRESS},
		{"ip nexthop add id 5 via 10.0.0.9 dev v0", CULVERT_DIRTY_NEXTHOP},
		{"ip nexthop del id 5", CULVERT_DIRTY_NEXTHOP},
		{"ip route add 192.168.1.0/24 via 10.0.0.9 proto 90 metric 5", CULVERT_DIRTY_ROUTE},
		{"ip route del 192.168.1.0/24 via 10.0.0.9 proto 90 metric 5", CULVERT_DIRTY_ROUTE},
		{"ip route add 192.168.1.0/24 via 10.0.0.9 proto 90", CULVERT_DIRTY_ROUTE},
		{"ip route del 192.168.1.0/24 proto 90", CULVERT_ROUTES_LOST},
		{"ip route add 192.168.1.0/24 tos 0x10 via 10.0.0.9 proto 90", CULVERT_DIRTY_ROUTE},
		{"ip route del 192.168.1.0/24 tos 0x10 proto 90", CULVERT_DIRTY_ROUTE},
		{"ip route add 192.168.1.0/24 via 10.0.0.9 proto 17", CULVERT_DIRTY_ROUTE},
		{"ip route add 192.168.2.0/24 via 10.0.0.9 proto 17 metric 5", 0},
		{"ip route replace 192.168.2.0/24 via 10.0.0.8 proto 17 metric 5", CULVERT_DIRTY_ROUTE},
		{"ip route add blackhole 192.168.2.0/24 proto 90 metric 4294967295", CULVERT_DIRTY_ROUTE},
		{"ip route del blackhole 192.168.2.0/24 metric 4294967295", CULVERT_ROUTES_LOST},
		{"ip route add blackhole 192.168.2.0/24 proto 17 metric 4294967295", CULVERT_DIRTY_ROUTE},
		{"ip route add default via 10.0.0.9 proto 17 metric 5", CULVERT_DIRTY_ROUTE},
		{"ip route del default via 10.0.0.9 proto 17 metric 5", CULVERT_DIRTY_ROUTE},
		{"ip route add 192.168.3.0/24 via 10.0.0.9 proto 90 table 100", 0},
		{"ip -6 route add 2001:db8::/64 dev v0 proto 90", 0},
		{"nft add table ip culvert", CULVERT_DIRTY_NFT},
		{"nft add table ip other", 0},
		{"nft add table inet culvert", 0},
		{"nft add chain ip culvert postrouting", CULVERT_DIRTY_NFT},
		{"nft add chain ip other called", 0},
		{"nft 'add chain ip other forward { type filter hook forward priority 0; policy drop; }'",
		 CULVERT_DIRTY_FIREWALL},
		{"nft add rule ip other forward ip saddr 10.0.0.0/8 accept", CULVERT_DIRTY_FOREIGN_RULE},
		{"nft 'add rule ip other forward ip saddr 10.0.0.0/8 accept comment \"culvert\"'",
		 CULVERT_DIRTY_FOREIGN_RULE},
		{"nft 'add rule ip other called accept comment \"culverts\"'", CULVERT_DIRTY_FOREIGN_RULE},
		{"nft flush chain ip other called", CULVERT_DIRTY_FOREIGN_RULE},
		{"nft flush chain ip other forward", CULVERT_DIRTY_FIREWALL | CULVERT_DIRTY_FOREIGN_RULE},
		{"nft 'chain ip other forward { policy accept; }'", CULVERT_DIRTY_FIREWALL},
		{"nft 'add set ip other s { type ipv4_addr; }'", 0},
		{"nft add element ip other s '{ 10.0.0.1 }'", 0},
		{"nft delete table inet culvert", CULVERT_DIRTY_FIREWALL},
		{"nft flush ruleset", CULVERT_DIRTY_NFT | CULVERT_DIRTY_FIREWALL},
	};
	struct culvert_monitor *m;

	(void)state;
	underlay();
	m = monitor_of(0);
	news(m);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t reported;

		sh(cases[i].command);
		reported = news(m);
		if (reported != cases[i].news)
			fail_msg("%s: reported %#x, not %#x", cases[i].command, reported, cases[i].news);
	}
	culvert_monitor_close(m);
}

/* Sends one UDP datagram; nobody answers. */
static void begin_flow(uint32_t source, uint32_t destination)
{
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(destination), .sin_port = htons(9999)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
	close(fd);
}

/* A rule that reads the state of connections makes the kernel track them. */
static void track(void)
{
	underlay();
	sh("ip addr add 192.168.0.5/32 dev v0 && ip route add 192.168.7.0/24 via 10.0.0.9 && "
	   "ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:01 dev v0 && nft add table ip t && "
	   "nft 'add chain ip t o { type filter hook output priority 0; }' && nft add rule ip t o ct state new "
	   "counter");
}

static void untranslated_flows_are_forgotten(void **state)
{
	const struct culvert_range pool = {IP(192, 168, 0, 0), IP(192, 168, 255, 255)};
	const struct culvert_range kept[] = {{IP(10, 0, 0, 5), IP(10, 0, 0, 5)}, pool};
	const struct culvert_range all = {0, UINT32_MAX};
	struct culvert_socket *s = open_here();

	(void)state;
	assert_int_equal(culvert_forget_flows(s, &all, 1, NULL, 0), 0);
	track();
	begin_flow(IP(192, 168, 0, 5), IP(10, 0, 0, 9));
	begin_flow(IP(192, 168, 0, 5), IP(192, 168, 7, 7));
	begin_flow(IP(10, 0, 0, 1), IP(10, 0, 0, 9));
	sh("nft 'add chain ip t p { type nat hook postrouting priority 100; }' && "
	   "nft add rule ip t p ip saddr 192.168.0.0/16 masquerade");
	begin_flow(IP(192, 168, 0, 5), IP(10, 0, 0, 8));

	assert_int_equal(culvert_forget_flows(s, NULL, 0, NULL, 0), 0);
	assert_int_equal(culvert_forget_flows(s, &pool, 1, kept, 2), 1);
	assert_int_equal(culvert_forget_flows(s, &pool, 1, kept, 2), 0);
	assert_int_equal(culvert_forget_flows(s, &pool, 1, NULL, 0), 1);
	assert_int_equal(culvert_forget_flows(s, &all, 1, NULL, 0), 1);
	assert_int_equal(culvert_forget_flows(s, &all, 1, NULL, 0), 0);
	culvert_socket_close(s);
}

/* Many datagrams of a dump, each followed by deletions, while routes are read with the same buffers. */
static void many_flows_are_forgotten(void **state)
{
	const struct culvert_range all = {0, UINT32_MAX};
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();

	(void)state;
	track();
	for (int i = 0; i < 2000; i++)
		begin_flow(IP(192, 168, 0, 5), IP(10, 0, 0, 9));
	assert_int_equal(culvert_dump_start(s, CULVERT_TABLE_ROUTE), 0);
	assert_true(culvert_dump_next(s, routes, 1) > 0);
	/* A port may have been chosen twice. */
	assert_in_range(culvert_forget_flows(s, &all, 1, NULL, 0), 1500, 2000);
	assert_int_equal(culvert_forget_flows(s, &all, 1, NULL, 0), 0);
	assert_true(dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8) > 0);
	culvert_socket_close(s);
}

/* A link event must lead to reading the routes: they are gone without a route message. */
static void a_device_that_goes_down_is_a_link_event_only(void **state)
{
	struct culvert_route routes[16];
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_monitor *m;

	(void)state;
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index));
	assert_done(s, route_op(CULVERT_ROUTE_ADD, IP(192, 168, 1, 0), 26, 900));
	m = monitor_of(0);
	sh("ip link set v0 down");
	assert_int_equal(news(m) & (CULVERT_DIRTY_LINK | CULVERT_DIRTY_ROUTE), CULVERT_DIRTY_LINK);
	assert_int_equal(dump(s, CULVERT_TABLE_ROUTE, routes, 16, 8), 0);
	culvert_monitor_close(m);
	culvert_socket_close(s);
}

static void our_own_changes_are_not_reported(void **state)
{
	struct culvert_socket *s = open_here();
	int index = underlay();
	struct culvert_monitor *m = monitor_of(culvert_socket_port(s));

	(void)state;
	assert_done(s, nexthop_op(CULVERT_NEXTHOP_ADD, 900, IP(10, 0, 0, 9), index));
	assert_done(s, route_op(CULVERT_ROUTE_ADD, IP(192, 168, 1, 0), 26, 900));
	assert_done(s, delete_op(IP(192, 168, 1, 0), 26, RTN_UNICAST));
	assert_int_equal(news(m), 0);
	sh("ip route add 192.168.1.0/26 via 10.0.0.9 proto 90");
	assert_int_equal(news(m), CULVERT_DIRTY_ROUTE);
	culvert_monitor_close(m);
	culvert_socket_close(s);
}

/* A small buffer instead of a flood that exceeds a large one. */
static struct culvert_monitor *monitor_of_a_flood(struct culvert_socket *s, uint32_t ignored_port)
{
	static struct culvert_op ops[MANY];
	static struct culvert_result results[MANY];
	struct culvert_monitor *m = monitor_of(ignored_port);
	int small = 65536;

	/* The first member is the route socket. */
	assert_int_equal(setsockopt(*(int *)m, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
	for (uint32_t i = 0; i < MANY; i++)
		ops[i] = route_op(CULVERT_ROUTE_ADD, block(i), 26, 0);
	assert_int_equal(culvert_apply(s, ops, MANY, results), 0);
	return m;
}

static void a_flood_is_an_overrun(void **state)
{
	struct culvert_socket *s = open_here();
	struct culvert_monitor *m;

	(void)state;
	underlay();
	m = monitor_of_a_flood(s, 0);
	assert_true(news(m) & CULVERT_DIRTY_OVERRUN);
	assert_int_equal(news(m), 0);
	sh("ip route del blackhole 172.16.0.0/26 proto 90");
	assert_int_equal(news(m), CULVERT_ROUTES_LOST);
	culvert_monitor_close(m);
	culvert_socket_close(s);
}

static void our_own_flood_fills_no_buffer(void **state)
{
	struct culvert_socket *s = open_here();
	struct culvert_monitor *m;

	(void)state;
	underlay();
	m = monitor_of_a_flood(s, culvert_socket_port(s));
	assert_int_equal(news(m), 0);
	culvert_monitor_close(m);
	culvert_socket_close(s);
}

static void lost_routes_are_reported(void **state)
{
	struct culvert_route lost[2];
	struct culvert_monitor *m;

	(void)state;
	sh("ip route add blackhole 172.16.0.0/26 proto 90");
	sh("ip route add blackhole 172.16.0.64/26 proto 90");
	m = monitor_of(0);
	sh("ip route del blackhole 172.16.0.64/26 proto 90");
	assert_int_equal(culvert_monitor_wait(m, 1000), CULVERT_ROUTES_LOST);
	assert_int_equal(culvert_monitor_lost(m, lost, 2), 1);
	assert_int_equal(lost[0].prefix, IP(172, 16, 0, 64));
	assert_int_equal(lost[0].prefix_length, 26);
	assert_int_equal(culvert_monitor_lost(m, lost, 0), 0);
	sh("ip link set lo up");
	culvert_monitor_wait(m, 1000);
	assert_int_equal(culvert_monitor_lost(m, lost, 2), 0);
	culvert_monitor_close(m);
}

static void too_many_lost_routes_make_the_table_dirty(void **state)
{
	static struct culvert_op ops[CULVERT_LOST_MAX + 1];
	static struct culvert_result results[CULVERT_LOST_MAX + 1];
	struct culvert_socket *s = open_here();
	struct culvert_monitor *m;

	(void)state;
	for (uint32_t i = 0; i <= CULVERT_LOST_MAX; i++)
		ops[i] = route_op(CULVERT_ROUTE_ADD, block(i), 26, 0);
	assert_int_equal(culvert_apply(s, ops, CULVERT_LOST_MAX + 1, results), 0);
	m = monitor_of(0);
	sh("ip route flush proto 90");
	assert_int_equal(culvert_monitor_wait(m, 1000), CULVERT_ROUTES_LOST | CULVERT_DIRTY_ROUTE);
	culvert_monitor_close(m);
	culvert_socket_close(s);
}

static void a_wait_can_be_woken(void **state)
{
	struct culvert_monitor *m = monitor_of(0);

	(void)state;
	assert_int_equal(culvert_monitor_wait(m, 0), 0);
	assert_int_equal(culvert_monitor_wake(m), 0);
	assert_int_equal(culvert_monitor_wake(m), 0);
	assert_int_equal(culvert_monitor_wait(m, -1), CULVERT_WOKEN);
	assert_int_equal(culvert_monitor_wait(m, 0), 0);
	culvert_monitor_close(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_read),
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(a_namespace_without_routes_is_an_empty_table),
		cmocka_unit_test(a_route_with_an_mtu_is_no_learned_path),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_a_record_cannot_express_is_marked),
		cmocka_unit_test(every_hop_and_every_member_is_a_record),
		cmocka_unit_test(only_the_main_table_is_read),
		cmocka_unit_test(a_batch_continues_after_failures),
		cmocka_unit_test(the_last_operation_of_a_batch_may_be_invalid),
		cmocka_unit_test(a_foreign_route_stays),
		cmocka_unit_test(a_route_is_replaced_in_place),
		cmocka_unit_test(a_delete_may_specify_the_metric),
		cmocka_unit_test(next_hops_are_added_and_deleted),
		cmocka_unit_test(a_next_hop_needs_a_device_that_is_up),
		cmocka_unit_test(links_are_set_and_deleted),
		cmocka_unit_test(addresses_are_added_and_deleted),
		cmocka_unit_test(an_ipip_device_is_created_or_clearly_refused),
		cmocka_unit_test(invalid_operations_are_not_sent),
		cmocka_unit_test(a_large_batch_maps_every_failure),
		cmocka_unit_test(a_small_receive_buffer_makes_small_rounds),
		cmocka_unit_test(sequence_numbers_may_wrap_around),
		cmocka_unit_test(lost_acknowledgements_are_not_success),
		cmocka_unit_test(an_unfinished_dump_does_no_harm),
		cmocka_unit_test(messages_of_other_processes_are_ignored),
		cmocka_unit_test(a_truncated_datagram_is_an_error),
		cmocka_unit_test(a_socket_lives_in_the_namespace_it_was_opened_in),
		cmocka_unit_test(a_file_that_is_no_namespace_is_refused),
		cmocka_unit_test(untranslated_flows_are_forgotten),
		cmocka_unit_test(many_flows_are_forgotten),
		cmocka_unit_test(changes_of_others_are_reported),
		cmocka_unit_test(a_device_that_goes_down_is_a_link_event_only),
		cmocka_unit_test(our_own_changes_are_not_reported),
		cmocka_unit_test(a_flood_is_an_overrun),
		cmocka_unit_test(our_own_flood_fills_no_buffer),
		cmocka_unit_test(lost_routes_are_reported),
		cmocka_unit_test(too_many_lost_routes_make_the_table_dirty),
		cmocka_unit_test(a_wait_can_be_woken),
	};

	return run_isolated(tests, sizeof tests / sizeof tests[0]) == 0 ? 0 : 1;
}
