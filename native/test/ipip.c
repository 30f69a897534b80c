/* SPDX-License-Identifier: Apache-2.0 */
/* Creates and changes ipip devices. Needs a kernel with ipip, and fails without. */
#include "isolated.h"
#include "socket.h"

#include <linux/if.h>
#include <netinet/in.h>

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static struct culvert_socket *open_here(void)
{
	struct culvert_socket *s;

	assert_int_equal(culvert_socket_open(NULL, &s), 0);
	return s;
}

static struct culvert_result apply_one(struct culvert_socket *s, struct culvert_op op)
{
	struct culvert_result result;

	assert_true(culvert_apply(s, &op, 1, &result) >= 0);
	return result;
}

static void assert_done(struct culvert_result result)
{
	if (result.error != 0)
		fail_msg("%s: %s", strerror(result.error), result.text);
}

static struct culvert_op creation(const char *name, uint32_t local)
{
	struct culvert_op op = {.kind = CULVERT_LINK_CREATE, .link = {.local = local, .mtu = 1380, .pmtudisc = 1}};

	snprintf(op.link.name, sizeof op.link.name, "%s", name);
	return op;
}

static struct culvert_link link_named(struct culvert_socket *s, const char *name)
{
	struct culvert_link links[64], found = {0};
	int count;

	assert_int_equal(culvert_dump_start(s, CULVERT_TABLE_LINK), 0);
	while ((count = culvert_dump_next(s, links, 64)) > 0)
		for (int i = 0; i < count; i++)
			if (strcmp(links[i].name, name) == 0)
				found = links[i];
	assert_int_equal(count, 0);
	assert_true(found.index > 0);
	return found;
}

static void assert_tunnel(const struct culvert_link *link, uint32_t local)
{
	assert_string_equal(link->kind, "ipip");
	assert_int_equal(link->local, local);
	assert_int_equal(link->remote, 0);
	assert_int_equal(link->lower, 0);
	assert_int_equal(link->ttl, 0);
	assert_int_equal(link->tos, 0);
	assert_int_equal(link->pmtudisc, 1);
	assert_int_equal(link->proto, IPPROTO_IPIP);
	assert_int_equal(link->extras, 0);
}

static void a_device_is_created_as_requested(void **state)
{
	struct culvert_socket *s = open_here();
	struct culvert_link link;

	(void)state;
	assert_done(apply_one(s, creation("culvert0", IP(10, 0, 0, 1))));
	link = link_named(s, "culvert0");
	assert_tunnel(&link, IP(10, 0, 0, 1));
	assert_int_equal(link.mtu, 1380);
	assert_false(link.flags & IFF_UP);
	assert_int_equal(apply_one(s, creation("culvert0", IP(10, 0, 0, 2))).error, EEXIST);
	assert_int_equal(apply_one(s, creation("culvert1", IP(10, 0, 0, 1))).error, EEXIST);
	culvert_socket_close(s);
}

static void the_local_address_of_a_device_changes_in_place(void **state)
{
	struct culvert_socket *s = open_here();
	struct culvert_link before, after;
	struct culvert_op op = {.kind = CULVERT_LINK_SET, .set = CULVERT_SET_TUNNEL};

	(void)state;
	assert_done(apply_one(s, creation("culvert0", IP(10, 0, 0, 1))));
	before = link_named(s, "culvert0");
	sh("ip link set culvert0 up && ip link set culvert0 type ipip local 10.0.0.7 ttl 9");
	op.link.index = before.index;
	op.link.local = IP(10, 0, 0, 2);
	op.link.pmtudisc = 1;
	assert_done(apply_one(s, op));
	after = link_named(s, "culvert0");
	assert_int_equal(after.index, before.index);
	assert_int_equal(after.mtu, before.mtu);
	assert_true(after.flags & IFF_UP);
	assert_tunnel(&after, IP(10, 0, 0, 2));
	culvert_socket_close(s);
}

static void routes_leave_through_the_device(void **state)
{
	struct culvert_socket *s = open_here();
	struct culvert_link link;

	(void)state;
	/* A namespace without addresses has no local table, and without it no gateway is valid (inet_dev_addr_type()). */
	sh("ip link set lo up");
	assert_done(apply_one(s, creation("culvert0", IP(10, 0, 0, 1))));
	link = link_named(s, "culvert0");
	assert_done(apply_one(s, (struct culvert_op){.kind = CULVERT_LINK_SET,
						     .set = CULVERT_SET_UP,
						     .link = {.index = link.index, .up = 1}}));
	assert_done(apply_one(s, (struct culvert_op){.kind = CULVERT_NEXTHOP_ADD,
						     .nexthop = {.id = 900,
								 .gateway = IP(10, 0, 0, 2),
								 .index = link.index,
								 .protocol = 90,
								 .onlink = 1}}));
	assert_done(apply_one(s, (struct culvert_op){.kind = CULVERT_ROUTE_ADD,
						     .route = {.prefix = IP(192, 168, 1, 0),
							       .prefix_length = 26,
							       .nexthop = 900,
							       .type = 1,
							       .protocol = 90}}));
	sh("ip route get 192.168.1.5 | grep -q 'via 10.0.0.2 dev culvert0'");
	assert_done(apply_one(s, (struct culvert_op){.kind = CULVERT_LINK_DELETE, .link.index = link.index}));
	culvert_socket_close(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_created_as_requested),
		cmocka_unit_test(the_local_address_of_a_device_changes_in_place),
		cmocka_unit_test(routes_leave_through_the_device),
	};

	return run_isolated(tests, sizeof tests / sizeof tests[0]) == 0 ? 0 : 1;
}
