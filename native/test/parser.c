/* SPDX-License-Identifier: Apache-2.0 */
/* The parsers, on datagrams written here: no kernel, no socket. */
#include "isolated.h"
#include "message.h"
#include "socket.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define SEQUENCE 77
#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* A datagram that grows message by message. */
struct datagram {
	size_t size;
	_Alignas(NLMSG_ALIGNTO) uint8_t bytes[4096];
};

static struct culvert_writer begin(struct datagram *d, uint16_t type, const void *payload, uint32_t size)
{
	struct culvert_writer w = {.bytes = d->bytes + d->size, .size = sizeof d->bytes - d->size};

	message_begin(&w, type, 0, payload, size);
	return w;
}

static struct nlmsghdr *end(struct datagram *d, const struct culvert_writer *w)
{
	struct nlmsghdr *message = (struct nlmsghdr *)w->bytes;

	d->size += message_end(w);
	assert_false(w->overflow);
	message->nlmsg_seq = SEQUENCE;
	return message;
}

static struct nlmsghdr *add(struct datagram *d, uint16_t type, const void *payload, uint32_t size)
{
	struct culvert_writer w = begin(d, type, payload, size);

	return end(d, &w);
}

static struct nlmsghdr *add_route(struct datagram *d, uint32_t prefix)
{
	struct rtmsg header = {.rtm_family = AF_INET, .rtm_dst_len = 24, .rtm_table = RT_TABLE_MAIN, .rtm_type = 1};
	struct culvert_writer w = begin(d, RTM_NEWROUTE, &header, sizeof header);

	message_put_u32(&w, RTA_DST, htonl(prefix));
	return end(d, &w);
}

static struct nlmsghdr *add_code(struct datagram *d, uint16_t type, int code)
{
	struct nlmsgerr error = {.error = code};

	return add(d, type, &error, sizeof error);
}

static int parse(const struct datagram *d, uint32_t table, struct culvert_route *routes, uint32_t capacity,
		 bool *done)
{
	struct culvert_cursor cursor = {0, 0};

	return culvert_parse_dump(table, SEQUENCE, d->bytes, &cursor, d->size, routes, capacity, done);
}

static void routes_become_records(void **state)
{
	struct datagram d = {0};
	struct culvert_route routes[4];
	bool done;

	(void)state;
	add_route(&d, IP(192, 168, 1, 0));
	add_route(&d, IP(192, 168, 2, 0));
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), 2);
	assert_false(done);
	assert_int_equal(routes[0].prefix, IP(192, 168, 1, 0));
	assert_int_equal(routes[1].prefix, IP(192, 168, 2, 0));
	add_code(&d, NLMSG_DONE, 0);
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), 2);
	assert_true(done);
}

static void a_full_buffer_leaves_the_rest_for_later(void **state)
{
	struct datagram d = {0};
	struct culvert_route routes[4];
	struct culvert_cursor cursor = {0, 0};
	bool done;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		add_route(&d, IP(192, 168, i, 0));
	add_code(&d, NLMSG_DONE, 0);
	assert_int_equal(
		culvert_parse_dump(CULVERT_TABLE_ROUTE, SEQUENCE, d.bytes, &cursor, d.size, routes, 2, &done), 2);
	assert_false(done);
	assert_int_equal(
		culvert_parse_dump(CULVERT_TABLE_ROUTE, SEQUENCE, d.bytes, &cursor, d.size, routes, 2, &done), 1);
	assert_true(done);
	assert_int_equal(routes[0].prefix, IP(192, 168, 2, 0));
}

static void answers_to_other_requests_are_skipped(void **state)
{
	struct datagram d = {0};
	struct culvert_route routes[4];
	bool done;

	(void)state;
	add_route(&d, IP(192, 168, 1, 0))->nlmsg_seq = SEQUENCE - 1;
	add_code(&d, NLMSG_DONE, 0)->nlmsg_seq = SEQUENCE - 1;
	add_code(&d, NLMSG_ERROR, -EPERM)->nlmsg_seq = SEQUENCE + 1;
	add_route(&d, IP(192, 168, 2, 0));
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), 1);
	assert_false(done);
	assert_int_equal(routes[0].prefix, IP(192, 168, 2, 0));
}

/* A path MTU exception is not a route of the table. */
static void cached_exceptions_are_skipped(void **state)
{
	struct datagram d = {0};
	struct culvert_route routes[4];
	bool done;

	(void)state;
	((struct rtmsg *)NLMSG_DATA(add_route(&d, IP(192, 168, 1, 0))))->rtm_flags = RTM_F_CLONED;
	add_route(&d, IP(192, 168, 2, 0));
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), 1);
	assert_int_equal(routes[0].prefix, IP(192, 168, 2, 0));
}

static int parse_path(uint32_t flags, uint32_t mtu, struct culvert_path *path)
{
	struct datagram d = {0};
	struct rtmsg header = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_flags = flags};
	struct culvert_writer w = begin(&d, RTM_NEWROUTE, &header, sizeof header);
	struct culvert_cursor cursor = {0, 0};
	struct nlattr *metrics;
	bool done;

	message_put_u32(&w, RTA_DST, htonl(IP(10, 0, 2, 13)));
	metrics = message_nest(&w, RTA_METRICS);
	message_put_u32(&w, RTAX_HOPLIMIT, 3);
	if (mtu > 0)
		message_put_u32(&w, RTAX_MTU, mtu);
	message_nest_end(&w, metrics);
	end(&d, &w);
	return culvert_parse_dump(CULVERT_TABLE_PATH, SEQUENCE, d.bytes, &cursor, d.size, path, 1, &done);
}

static void path_mtus_become_records(void **state)
{
	struct culvert_path path;

	(void)state;
	assert_int_equal(parse_path(RTM_F_CLONED, 1400, &path), 1);
	assert_int_equal(path.destination, IP(10, 0, 2, 13));
	assert_int_equal(path.mtu, 1400);
	/* A redirect, and a route of the table. */
	assert_int_equal(parse_path(RTM_F_CLONED, 0, &path), 0);
	assert_int_equal(parse_path(0, 1400, &path), 0);
}

static void an_interrupted_dump_is_worthless(void **state)
{
	struct datagram d = {0}, last = {0};
	struct culvert_route routes[4];
	bool done;

	(void)state;
	add_route(&d, IP(192, 168, 1, 0));
	add_route(&d, IP(192, 168, 2, 0))->nlmsg_flags |= NLM_F_DUMP_INTR;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), -EINTR);
	add_code(&last, NLMSG_DONE, 0)->nlmsg_flags |= NLM_F_DUMP_INTR;
	assert_int_equal(parse(&last, CULVERT_TABLE_ROUTE, routes, 4, &done), -EINTR);
}

static int parse_end(uint32_t table, uint16_t type, int code)
{
	struct datagram d = {0};
	struct culvert_link records[1];
	bool done;
	int parsed;

	add_code(&d, type, code);
	parsed = parse(&d, table, (struct culvert_route *)records, 1, &done);
	assert_true(done);
	return parsed;
}

static void errors_end_a_dump(void **state)
{
	(void)state;
	assert_int_equal(parse_end(CULVERT_TABLE_NEXTHOP, NLMSG_ERROR, -EOPNOTSUPP), -EOPNOTSUPP);
	assert_int_equal(parse_end(CULVERT_TABLE_LINK, NLMSG_DONE, -ENOMEM), -ENOMEM);
	assert_int_equal(parse_end(CULVERT_TABLE_LINK, NLMSG_DONE, -ENOENT), -ENOENT);
	assert_int_equal(parse_end(CULVERT_TABLE_ROUTE, NLMSG_DONE, -ENOENT), 0);
	assert_int_equal(parse_end(CULVERT_TABLE_ROUTE, NLMSG_ERROR, -ENOENT), 0);
	assert_int_equal(parse_end(CULVERT_TABLE_ROUTE, NLMSG_ERROR, 0), -EBADMSG);
	assert_int_equal(parse_end(CULVERT_TABLE_ROUTE, NLMSG_DONE, 5), -EBADMSG);
	assert_int_equal(parse_end(CULVERT_TABLE_ROUTE, NLMSG_DONE, -4095), -4095);
	assert_int_equal(parse_end(CULVERT_TABLE_ROUTE, NLMSG_DONE, -4096), -EBADMSG);
	assert_int_equal(parse_end(CULVERT_TABLE_ROUTE, NLMSG_ERROR, INT32_MIN), -EBADMSG);
}

static void malformed_messages_are_refused(void **state)
{
	struct culvert_route routes[4];
	struct datagram d = {0};
	struct nlmsghdr *message = add_route(&d, IP(192, 168, 1, 0));
	struct nlattr *attribute = (struct nlattr *)((uint8_t *)message + NLMSG_SPACE(sizeof(struct rtmsg)));
	bool done;

	(void)state;
	d.size -= 1;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), -EBADMSG);
	d.size += 1;
	attribute->nla_len = 7;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), -EBADMSG);
	attribute->nla_len = 9;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), -EBADMSG);
	attribute->nla_len = 3;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), -EBADMSG);
	attribute->nla_len = 8;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), 1);
	message->nlmsg_len = 15;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), -EBADMSG);
	message->nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)) - 1;
	assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 4, &done), -EBADMSG);
}

static int parse_one(uint32_t table, uint16_t type, const void *header, uint32_t size)
{
	struct datagram d = {0};
	struct culvert_link records[1];
	bool done;

	add(&d, type, header, size);
	return parse(&d, table, (struct culvert_route *)records, 1, &done);
}

/* Accepted, a value out of range would name another object: without RTA_DST, 0.0.0.0/24. */
static void values_out_of_range_are_refused(void **state)
{
	struct ifinfomsg link = {.ifi_index = 1};
	struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_index = 1, .ifa_prefixlen = 32};
	struct nhmsg nexthop = {.nh_family = AF_INET};
	struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN};

	(void)state;
	assert_int_equal(parse_one(CULVERT_TABLE_LINK, RTM_NEWLINK, &link, sizeof link), 1);
	link.ifi_index = 0;
	assert_int_equal(parse_one(CULVERT_TABLE_LINK, RTM_NEWLINK, &link, sizeof link), -EBADMSG);
	link.ifi_index = -1;
	assert_int_equal(parse_one(CULVERT_TABLE_LINK, RTM_NEWLINK, &link, sizeof link), -EBADMSG);
	assert_int_equal(parse_one(CULVERT_TABLE_ADDRESS, RTM_NEWADDR, &address, sizeof address), 1);
	address.ifa_prefixlen = 33;
	assert_int_equal(parse_one(CULVERT_TABLE_ADDRESS, RTM_NEWADDR, &address, sizeof address), -EBADMSG);
	address.ifa_prefixlen = 32;
	address.ifa_index = 0;
	assert_int_equal(parse_one(CULVERT_TABLE_ADDRESS, RTM_NEWADDR, &address, sizeof address), -EBADMSG);
	address.ifa_index = 0x80000000u;
	assert_int_equal(parse_one(CULVERT_TABLE_ADDRESS, RTM_NEWADDR, &address, sizeof address), -EBADMSG);
	assert_int_equal(parse_one(CULVERT_TABLE_NEXTHOP, RTM_NEWNEXTHOP, &nexthop, sizeof nexthop), -EBADMSG);
	assert_int_equal(parse_one(CULVERT_TABLE_ROUTE, RTM_NEWROUTE, &route, sizeof route), 1);
	route.rtm_dst_len = 24;
	assert_int_equal(parse_one(CULVERT_TABLE_ROUTE, RTM_NEWROUTE, &route, sizeof route), -EBADMSG);
}

static void prefixes_are_checked(void **state)
{
	static const struct {
		uint32_t prefix;
		uint8_t length;
		int parsed;
	} cases[] = {
		{IP(192, 168, 1, 0), 24, 1},
		{IP(192, 168, 1, 255), 32, 1},
		{IP(192, 168, 1, 1), 24, -EBADMSG},
		{IP(192, 168, 1, 0), 23, -EBADMSG},
		{IP(192, 168, 1, 0), 33, -EBADMSG},
		{IP(192, 168, 1, 0), 255, -EBADMSG},
		{IP(0, 0, 0, 0), 0, 1},
		{IP(0, 0, 0, 1), 0, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static const struct culvert_interest all = {.protocol = 0};
		struct culvert_lost lost = {0};
		struct culvert_route routes[1];
		struct datagram d = {0};
		struct nlmsghdr *message = add_route(&d, cases[i].prefix);
		bool done;

		((struct rtmsg *)NLMSG_DATA(message))->rtm_dst_len = cases[i].length;
		assert_int_equal(parse(&d, CULVERT_TABLE_ROUTE, routes, 1, &done), cases[i].parsed);
		message->nlmsg_type = RTM_DELROUTE;
		assert_int_equal(culvert_route_news(&all, d.bytes, d.size, &lost),
				 cases[i].parsed == 1 ? CULVERT_ROUTES_LOST : CULVERT_DIRTY_OVERRUN);
	}
}

static void long_text_is_truncated(void **state)
{
	struct datagram d = {0};
	struct nlmsgerr error = {.error = -EINVAL};
	struct culvert_writer w = begin(&d, NLMSG_ERROR, &error, sizeof error);
	struct culvert_result results[1] = {{.error = EINPROGRESS}};
	char text[200];
	bool last;

	(void)state;
	memset(text, 'x', sizeof text);
	message_put(&w, NLMSGERR_ATTR_MSG, text, sizeof text);
	message_put_u32(&w, NLMSGERR_ATTR_OFFS, 36);
	end(&d, &w)->nlmsg_flags = NLM_F_ACK_TLVS | NLM_F_CAPPED;
	assert_int_equal(culvert_parse_acks(d.bytes, d.size, SEQUENCE, SEQUENCE, results, &last), 0);
	assert_true(last);
	assert_int_equal(results[0].error, EINVAL);
	assert_int_equal(results[0].offset, 36);
	assert_int_equal(strlen(results[0].text), CULVERT_TEXT_SIZE - 1);
}

/* Without NETLINK_CAP_ACK the kernel quotes the request between the error and its explanation. */
static void an_explanation_may_follow_a_quoted_request(void **state)
{
	struct datagram d = {0};
	struct {
		struct nlmsgerr error;
		uint8_t rest[12];
	} quoting = {.error = {.error = -EEXIST, .msg = {.nlmsg_len = sizeof(struct nlmsghdr) + 12}}};
	struct culvert_writer w = begin(&d, NLMSG_ERROR, &quoting, sizeof quoting);
	struct nlmsghdr *message;
	struct culvert_result results[1] = {{.error = EINPROGRESS}};
	bool last;

	(void)state;
	message_put(&w, NLMSGERR_ATTR_MSG, "taken", sizeof "taken");
	message = end(&d, &w);
	message->nlmsg_flags = NLM_F_ACK_TLVS;
	assert_int_equal(culvert_parse_acks(d.bytes, d.size, SEQUENCE, SEQUENCE, results, &last), 0);
	assert_string_equal(results[0].text, "taken");
	((struct nlmsgerr *)NLMSG_DATA(message))->msg.nlmsg_len = 4000;
	assert_int_equal(culvert_parse_acks(d.bytes, d.size, SEQUENCE, SEQUENCE, results, &last), -EBADMSG);
}

static void acknowledgements_of_other_requests_are_skipped(void **state)
{
	struct datagram d = {0};
	struct culvert_result results[2] = {{.error = EINPROGRESS}, {.error = EINPROGRESS}};
	bool last;

	(void)state;
	add_code(&d, NLMSG_ERROR, -EPERM)->nlmsg_seq = SEQUENCE - 1;
	add_code(&d, NLMSG_ERROR, -EPERM)->nlmsg_seq = SEQUENCE + 2;
	assert_int_equal(culvert_parse_acks(d.bytes, d.size, SEQUENCE, SEQUENCE + 1, results, &last), 0);
	assert_false(last);
	assert_int_equal(results[0].error, EINPROGRESS);
	add_code(&d, NLMSG_ERROR, 0)->nlmsg_seq = SEQUENCE + 1;
	assert_int_equal(culvert_parse_acks(d.bytes, d.size, SEQUENCE, SEQUENCE + 1, results, &last), 0);
	assert_true(last);
	assert_int_equal(results[1].error, 0);
}

static void put_tuple(struct culvert_writer *w, uint16_t type, uint32_t source, uint32_t destination)
{
	struct nlattr *tuple = message_nest(w, type), *ip = message_nest(w, CTA_TUPLE_IP);

	message_put_u32(w, CTA_IP_V4_SRC, htonl(source));
	message_put_u32(w, CTA_IP_V4_DST, htonl(destination));
	message_nest_end(w, ip);
	message_nest_end(w, tuple);
}

static struct nlmsghdr *add_flow(struct datagram *d, uint8_t family, uint32_t status, uint32_t answers)
{
	struct nfgenmsg header = {.nfgen_family = family};
	struct culvert_writer w = begin(d, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, &header, sizeof header);

	put_tuple(&w, CTA_TUPLE_ORIG, IP(192, 168, 0, 5), IP(10, 0, 0, 9));
	put_tuple(&w, CTA_TUPLE_REPLY, answers, IP(192, 168, 0, 5));
	message_put_u32(&w, CTA_STATUS, htonl(status));
	message_put_u32(&w, CTA_ID, 4711);
	return end(d, &w);
}

static void flows_are_parsed(void **state)
{
	struct datagram d = {0};
	struct culvert_flow flow;

	(void)state;
	assert_int_equal(culvert_parse_flow(add_flow(&d, AF_INET, IPS_CONFIRMED, IP(10, 0, 0, 9)), &flow), 1);
	assert_int_equal(flow.source, IP(192, 168, 0, 5));
	assert_int_equal(flow.destination, IP(10, 0, 0, 9));
	assert_false(flow.translated);
	assert_null(flow.zone);
	/* The end behind a translated destination counts. */
	assert_int_equal(culvert_parse_flow(add_flow(&d, AF_INET, IPS_DST_NAT, IP(10, 1, 1, 1)), &flow), 1);
	assert_int_equal(flow.destination, IP(10, 1, 1, 1));
	assert_false(flow.translated);
	assert_int_equal(culvert_parse_flow(add_flow(&d, AF_INET, IPS_SRC_NAT | IPS_DST_NAT, 1), &flow), 1);
	assert_true(flow.translated);
	assert_int_equal(culvert_parse_flow(add_flow(&d, AF_INET6, 0, 1), &flow), 0);
}

static void the_deletion_of_a_flow_names_just_that_one(void **state)
{
	struct datagram d = {0};
	struct culvert_flow flow, again;
	_Alignas(NLMSG_ALIGNTO) uint8_t request[256];
	const struct nlmsghdr *message = (struct nlmsghdr *)request;
	uint32_t length;

	(void)state;
	culvert_parse_flow(add_flow(&d, AF_INET, 0, IP(10, 0, 0, 9)), &flow);
	length = culvert_encode_flow_delete(&flow, request, sizeof request);
	assert_int_equal(length, message->nlmsg_len);
	assert_int_equal(message->nlmsg_type, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE);
	/* It has no status and no reply, so it is no flow; but the original direction and the id are there. */
	assert_int_equal(culvert_parse_flow(message, &again), -EBADMSG);
	assert_non_null(memmem(request, length, flow.tuple, flow.tuple->nla_len));
	assert_non_null(memmem(request, length, flow.id, flow.id->nla_len));
	assert_int_equal(culvert_encode_flow_delete(&flow, request, length - 4), 0);
}

/* Cut anywhere, or with any attribute's length changed, it is refused or whole. */
static void malformed_flows_are_refused(void **state)
{
	struct datagram d = {0};
	struct culvert_flow flow;
	struct nlmsghdr *message = add_flow(&d, AF_INET, 0, IP(10, 0, 0, 9));
	const uint32_t length = message->nlmsg_len;

	(void)state;
	for (message->nlmsg_len = sizeof *message; message->nlmsg_len < length; message->nlmsg_len += 4)
		assert_int_equal(culvert_parse_flow(message, &flow), -EBADMSG);
	assert_int_equal(culvert_parse_flow(message, &flow), 1);
	/* The first nested attribute claims to be longer than the tuple that holds it. */
	((struct nlattr *)(d.bytes + NLMSG_LENGTH(sizeof(struct nfgenmsg)) + sizeof(struct nlattr)))->nla_len = 200;
	assert_int_equal(culvert_parse_flow(message, &flow), -EBADMSG);
}

static void the_layout_ends(void **state)
{
	uint32_t count = 0;

	(void)state;
	while (culvert_layout_name(count) != NULL)
		count++;
	assert_true(count > 100);
	assert_string_equal(culvert_layout_name(0), "ABI_VERSION");
	assert_int_equal(culvert_layout_value(0), CULVERT_ABI_VERSION);
	assert_null(culvert_layout_name(UINT32_MAX));
	assert_int_equal(culvert_layout_value(count), 0);
	assert_int_equal(culvert_layout_value(UINT32_MAX), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_become_records),
		cmocka_unit_test(a_full_buffer_leaves_the_rest_for_later),
		cmocka_unit_test(answers_to_other_requests_are_skipped),
		cmocka_unit_test(cached_exceptions_are_skipped),
		cmocka_unit_test(path_mtus_become_records),
		cmocka_unit_test(an_interrupted_dump_is_worthless),
		cmocka_unit_test(errors_end_a_dump),
		cmocka_unit_test(malformed_messages_are_refused),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(prefixes_are_checked),
		cmocka_unit_test(long_text_is_truncated),
		cmocka_unit_test(an_explanation_may_follow_a_quoted_request),
		cmocka_unit_test(acknowledgements_of_other_requests_are_skipped),
		cmocka_unit_test(flows_are_parsed),
		cmocka_unit_test(the_deletion_of_a_flow_names_just_that_one),
		cmocka_unit_test(malformed_flows_are_refused),
		cmocka_unit_test(the_layout_ends),
	};

	return run_isolated(tests, sizeof tests / sizeof tests[0]) == 0 ? 0 : 1;
}
