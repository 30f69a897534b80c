/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes requests into buffers of every size. A write past the end is found by the sanitizer where the buffer ends its
 * allocation, and by changed bytes where a margin follows.
 */
#include "isolated.h"
#include "message.h"
#include "socket.h"

#include <linux/rtnetlink.h>

#define MARGIN 64
#define UNTOUCHED 0xa5

static uint8_t *buffer_of(size_t size, size_t margin)
{
	uint8_t *buffer = malloc(size + margin > 0 ? size + margin : 1);

	assert_non_null(buffer);
	memset(buffer, UNTOUCHED, size + margin);
	return buffer;
}

static void assert_untouched(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(bytes[i], UNTOUCHED);
}

/* The longest request of each kind. */
static const struct culvert_op longest[] = {
	{.kind = CULVERT_LINK_CREATE, .link = {.mtu = 1380, .local = 1, .pmtudisc = 1, .name = "0123456789abcde"}},
	{.kind = CULVERT_LINK_SET,
	 .set = CULVERT_SET_MTU | CULVERT_SET_UP | CULVERT_SET_TUNNEL,
	 .link = {.index = 1, .mtu = 1380, .up = 1}},
	{.kind = CULVERT_LINK_DELETE, .link.index = 1},
	{.kind = CULVERT_ADDRESS_ADD, .address = {.index = 1, .prefix_length = 32}},
	{.kind = CULVERT_ADDRESS_DELETE, .address = {.index = 1, .prefix_length = 32}},
	{.kind = CULVERT_NEXTHOP_ADD, .nexthop = {.id = 1, .gateway = 1, .index = 1}},
	{.kind = CULVERT_NEXTHOP_DELETE, .nexthop.id = 1},
	{.kind = CULVERT_ROUTE_ADD, .route = {.type = RTN_UNICAST, .nexthop = 1, .metric = 1}},
	{.kind = CULVERT_ROUTE_REPLACE, .route = {.type = RTN_UNICAST, .nexthop = 1, .metric = 1}},
	{.kind = CULVERT_ROUTE_DELETE, .route = {.type = RTN_UNICAST, .nexthop = 1, .metric = 1, .protocol = 90}},
};

static uint32_t length_of(const struct culvert_op *op)
{
	_Alignas(NLMSG_ALIGNTO) uint8_t buffer[CULVERT_MESSAGE_MAX];
	struct culvert_result result = {0};
	uint32_t length = culvert_encode(op, buffer, sizeof buffer, &result);

	if (length == 0)
		fail_msg("operation %u: %s", op->kind, result.text);
	assert_int_equal(((struct nlmsghdr *)buffer)->nlmsg_len, length);
	return length;
}

static void encode_into(const struct culvert_op *op, size_t size, size_t margin, uint32_t expected)
{
	uint8_t *buffer = buffer_of(size, margin);
	struct culvert_result result = {0};

	assert_int_equal(culvert_encode(op, buffer, size, &result), expected);
	assert_int_equal(result.error, expected == 0 ? EMSGSIZE : 0);
	assert_string_equal(result.text, expected == 0 ? "request does not fit its buffer" : "");
	assert_untouched(buffer + size, margin);
	free(buffer);
}

static void a_request_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
		uint32_t length = length_of(&longest[i]);

		for (size_t size = 0; size <= length; size++) {
			encode_into(&longest[i], size, 0, size == length ? length : 0);
			encode_into(&longest[i], size, MARGIN, size == length ? length : 0);
		}
	}
}

static struct culvert_writer writer_of(uint8_t *buffer, size_t size)
{
	static const struct rtmsg header = {.rtm_family = 2};
	struct culvert_writer w = {.bytes = buffer, .size = size};

	message_begin(&w, RTM_NEWROUTE, 0, &header, sizeof header);
	return w;
}

/* After an attribute is left out, none may follow: the message would mean something else. */
static void nothing_is_written_after_an_overflow(void **state)
{
	const size_t size = NLMSG_SPACE(sizeof(struct rtmsg)) + 16;
	uint8_t *buffer = buffer_of(size, 0);
	struct culvert_writer w = writer_of(buffer, size);
	uint8_t long_one[13] = {0};

	(void)state;
	assert_non_null(message_put(&w, 1, long_one, 4));
	assert_null(message_put(&w, 2, long_one, 5));
	assert_null(message_put(&w, 3, long_one, 1));
	assert_int_equal(message_end(&w), 0);
	assert_untouched(buffer + size - 8, 8);
	free(buffer);
}

static void padding_is_zero(void **state)
{
	const size_t size = NLMSG_SPACE(sizeof(struct rtmsg)) + 8;
	uint8_t *buffer = buffer_of(size, 0);
	struct culvert_writer w = writer_of(buffer, size);
	static const uint8_t expected[8] = {5, 0, 1, 0, 7, 0, 0, 0};

	(void)state;
	message_put_u8(&w, 1, 7);
	assert_int_equal(message_end(&w), size);
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		assert_memory_equal(buffer + size - 8, expected, 8);
	free(buffer);
}

/* nla_len has 16 bits. */
static void an_attribute_has_at_most_65535_bytes(void **state)
{
	const size_t size = 200000;
	uint8_t *buffer = buffer_of(size, 0), *data = buffer_of(65536, 0);
	struct culvert_writer w = writer_of(buffer, size);
	struct nlattr *nest;

	(void)state;
	assert_non_null(message_put(&w, 1, data, 65531));
	assert_int_equal(message_end(&w), w.length);
	assert_null(message_put(&w, 1, data, 65532));
	assert_int_equal(message_end(&w), 0);

	w = writer_of(buffer, size);
	nest = message_nest(&w, 2);
	message_put(&w, 1, data, 65524);
	message_nest_end(&w, nest);
	assert_false(w.overflow);
	assert_int_equal(nest->nla_len, 65532);
	message_put(&w, 1, data, 0);
	message_nest_end(&w, nest);
	assert_int_equal(message_end(&w), 0);
	free(buffer);
	free(data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_that_does_not_fit_is_refused),
		cmocka_unit_test(nothing_is_written_after_an_overflow),
		cmocka_unit_test(padding_is_zero),
		cmocka_unit_test(an_attribute_has_at_most_65535_bytes),
	};

	return run_isolated(tests, sizeof tests / sizeof tests[0]) == 0 ? 0 : 1;
}
