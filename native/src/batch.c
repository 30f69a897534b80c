/* SPDX-License-Identifier: Apache-2.0 */
/* Sends many operations with one sendmsg(2) and converts acknowledgements to results. */
#include "message.h"
#include "socket.h"

#include <errno.h>

/* Clears only the first byte of the text: a batch has many results and few texts. */
static void set_pending(struct culvert_result *result)
{
	result->error = EINPROGRESS;
	result->offset = 0;
	result->text[0] = '\0';
}

/* The kernel's explanation of an error: it follows the error, or the request it quotes (netlink.h, struct nlmsgerr). */
static bool parse_explanation(const struct nlmsghdr *message, const struct nlmsgerr *error,
			      struct culvert_result *result)
{
	enum { MSG, OFFS };
	static const struct culvert_policy policy[] = {
		[MSG] = {NLMSGERR_ATTR_MSG, 1},
		[OFFS] = {NLMSGERR_ATTR_OFFS, 4},
	};
	const struct nlattr *found[2];
	size_t size, quoted = 0;
	const uint8_t *attributes = message_attributes(message, sizeof *error, &size);

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return true;
	if (!(message->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof error->msg)
		quoted = NLMSG_ALIGN(error->msg.nlmsg_len) - sizeof error->msg;
	if (attributes == NULL || quoted > size ||
	    !attributes_find(attributes + quoted, size - quoted, policy, 2, found))
		return false;
	if (found[MSG] != NULL)
		attribute_text(found[MSG], result->text, sizeof result->text);
	if (found[OFFS] != NULL)
		result->offset = attribute_u32(found[OFFS]);
	return true;
}

/* The text of a success is a warning of the kernel; it is dropped. */
static bool parse_ack(const struct nlmsghdr *message, struct culvert_result *result)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof *error) || error->error > 0 || error->error < -ERRNO_MAX)
		return false;
	result->error = -error->error;
	return error->error == 0 || parse_explanation(message, error, result);
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
		/* Unsigned differences, because sequence numbers wrap around. */
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

/* One sendmsg(2): as many operations from `first` on as fit. */
struct round {
	uint32_t first; /* its first operation */
	uint32_t next;  /* the first operation of the next round */
	uint32_t size;  /* bytes to send */
	uint32_t last_sequence;
};

/* Operation i has the sequence number base + i, whether it is sent or not. */
static struct round fill(struct culvert_socket *s, const struct culvert_op *ops, uint32_t count, uint32_t first,
			 uint32_t base, struct culvert_result *results)
{
	struct round round = {.first = first, .next = first};
	struct nlmsghdr *last = NULL;

	while (round.next < count && round.next - first < s->acks_max &&
	       round.size + CULVERT_MESSAGE_MAX <= sizeof s->sending) {
		struct nlmsghdr *message = (struct nlmsghdr *)(s->sending + round.size);
		uint32_t length =
			culvert_encode(&ops[round.next], message, CULVERT_MESSAGE_MAX, &results[round.next]);

		if (length > 0) {
			message->nlmsg_seq = base + round.next;
			round.size += length;
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

/* The kernel answers in order: after the last acknowledgement, an operation without an error has succeeded. */
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
			/* After an overflow the kernel drops messages until the queue is empty (af_netlink.c, NETLINK_S_CONGESTED). */
			culvert_discard(s);
			return error;
		}
		failed += settle(&round, results);
	}
	return failed;
}
