/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink messages in memory: finds attributes by a policy, appends them within a buffer. */
#ifndef CULVERT_MESSAGE_H
#define CULVERT_MESSAGE_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The largest error number: MAX_ERRNO of linux/err.h, which is no UAPI header. */
#define ERRNO_MAX 4095

/* NLA_HDRLEN as an unsigned number. Attributes are aligned as messages are: NLA_ALIGNTO == NLMSG_ALIGNTO. */
#define ATTRIBUTE_HEADER ((uint32_t)sizeof(struct nlattr))

/* An attribute to find, and how long it must be at least. */
struct culvert_policy {
	uint16_t type;
	uint16_t min_size; /* bytes of payload */
};

/* The attribute's payload. */
static inline const void *attribute_data(const struct nlattr *attribute)
{
	return (const uint8_t *)attribute + ATTRIBUTE_HEADER;
}

static inline uint32_t attribute_size(const struct nlattr *attribute)
{
	return attribute->nla_len - ATTRIBUTE_HEADER;
}

/* memcpy, because a malformed message may hold a number at any address. */
static inline uint32_t attribute_u32(const struct nlattr *attribute)
{
	uint32_t value;

	memcpy(&value, attribute_data(attribute), sizeof value);
	return value;
}

static inline uint8_t attribute_u8(const struct nlattr *attribute)
{
	return *(const uint8_t *)attribute_data(attribute);
}

/* Copies a string, which may lack its NUL. The copy has one, and is truncated if it does not fit. */
static inline void attribute_text(const struct nlattr *attribute, char *text, size_t size)
{
	size_t length = strnlen(attribute_data(attribute), attribute_size(attribute));

	if (length >= size)
		length = size - 1;
	memcpy(text, attribute_data(attribute), length);
	memset(text + length, 0, size - length);
}

/*
 * Finds the attributes that `policy` lists: found[i] matches policy[i], or is NULL. Of several of a type the last counts.
 * Returns false for a malformed message: an attribute exceeds its container, or is shorter than its policy requires.
 */
static inline bool attributes_find(const void *data, size_t size, const struct culvert_policy *policy, size_t count,
				   const struct nlattr **found)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < count; i++)
		found[i] = NULL;
	while (size >= ATTRIBUTE_HEADER) {
		const struct nlattr *attribute = (const struct nlattr *)at;
		size_t step;

		if (attribute->nla_len < ATTRIBUTE_HEADER || attribute->nla_len > size)
			return false;
		for (size_t i = 0; i < count; i++) {
			if ((attribute->nla_type & NLA_TYPE_MASK) != policy[i].type)
				continue;
			if (attribute_size(attribute) < policy[i].min_size)
				return false;
			found[i] = attribute;
		}
		step = NLMSG_ALIGN(attribute->nla_len);
		if (step >= size)
			break;
		at += step;
		size -= step;
	}
	return true;
}

/* The attributes after a fixed part of `header_size` bytes; NULL if the message is shorter than that. */
static inline const void *message_attributes(const struct nlmsghdr *message, size_t header_size, size_t *ret_size)
{
	if (message->nlmsg_len < NLMSG_SPACE(header_size))
		return NULL;
	*ret_size = message->nlmsg_len - NLMSG_SPACE(header_size);
	return (const uint8_t *)message + NLMSG_SPACE(header_size);
}

/* The message at `at`, or NULL unless it lies within `size` bytes. */
static inline const struct nlmsghdr *message_at(const void *at, size_t size)
{
	const struct nlmsghdr *message = at;

	if (size < sizeof *message || message->nlmsg_len < sizeof *message || message->nlmsg_len > size)
		return NULL;
	return message;
}

/* The message's length with padding, at most `size`. */
static inline size_t message_step(const struct nlmsghdr *message, size_t size)
{
	size_t step = NLMSG_ALIGN(message->nlmsg_len);

	return step < size ? step : size;
}

/*
 * A message that grows in a buffer. An attribute that does not fit sets `overflow`; from then on nothing is written and
 * message_end() returns 0. Callers need no check in between.
 */
struct culvert_writer {
	uint8_t *bytes; /* aligned to NLMSG_ALIGNTO */
	size_t size;    /* of the buffer */
	size_t length;  /* written so far, a multiple of NLMSG_ALIGNTO */
	bool overflow;
};

/* The next `size` bytes of the message, zeroed with their padding; NULL if they do not fit. */
static inline void *message_reserve(struct culvert_writer *w, uint32_t size)
{
	uint8_t *reserved = w->bytes + w->length;

	if (w->overflow || NLMSG_ALIGN(size) > w->size - w->length) {
		w->overflow = true;
		return NULL;
	}
	memset(reserved, 0, NLMSG_ALIGN(size));
	w->length += NLMSG_ALIGN(size);
	return reserved;
}

/* Starts the message with its fixed part. */
static inline void message_begin(struct culvert_writer *w, uint16_t type, uint16_t flags, const void *header,
				 uint32_t size)
{
	struct nlmsghdr *message = message_reserve(w, NLMSG_LENGTH(size));

	if (message == NULL)
		return;
	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	memcpy(NLMSG_DATA(message), header, size);
}

/* Appends an attribute; NULL if it does not fit. */
static inline struct nlattr *message_put(struct culvert_writer *w, uint16_t type, const void *data, uint32_t size)
{
	struct nlattr *attribute;

	if (size > UINT16_MAX - ATTRIBUTE_HEADER)
		w->overflow = true;
	attribute = message_reserve(w, ATTRIBUTE_HEADER + size);
	if (attribute == NULL)
		return NULL;
	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(ATTRIBUTE_HEADER + size);
	if (size > 0)
		memcpy((uint8_t *)attribute + ATTRIBUTE_HEADER, data, size);
	return attribute;
}

static inline void message_put_u32(struct culvert_writer *w, uint16_t type, uint32_t value)
{
	message_put(w, type, &value, sizeof value);
}

static inline void message_put_u8(struct culvert_writer *w, uint16_t type, uint8_t value)
{
	message_put(w, type, &value, sizeof value);
}

/* Starts an attribute that contains all those appended until message_nest_end(). */
static inline struct nlattr *message_nest(struct culvert_writer *w, uint16_t type)
{
	return message_put(w, type, NULL, 0);
}

static inline void message_nest_end(struct culvert_writer *w, struct nlattr *nest)
{
	size_t size;

	if (w->overflow)
		return;
	size = (size_t)(w->bytes + w->length - (uint8_t *)nest);
	if (size > UINT16_MAX)
		w->overflow = true;
	else
		nest->nla_len = (uint16_t)size;
}

/* Completes the message and returns its length, or 0 after an overflow. */
static inline uint32_t message_end(const struct culvert_writer *w)
{
	if (w->overflow)
		return 0;
	((struct nlmsghdr *)w->bytes)->nlmsg_len = (uint32_t)w->length;
	return (uint32_t)w->length;
}

#endif
