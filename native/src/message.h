/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink messages in memory: reading attributes by a policy, writing them behind each other. */
#ifndef CULVERT_MESSAGE_H
#define CULVERT_MESSAGE_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The largest error number: MAX_ERRNO of linux/err.h, which is not in the UAPI. */
#define ERRNO_MAX 4095

/* Attributes are read only where a policy names them, and only if they are at least that long. */
struct culvert_policy {
	uint16_t type;
	uint16_t min_size; /* bytes of payload */
};

/* The attribute's payload. */
static inline const void *attribute_data(const struct nlattr *attribute)
{
	return (const uint8_t *)attribute + NLA_HDRLEN;
}

static inline uint32_t attribute_size(const struct nlattr *attribute)
{
	return attribute->nla_len - NLA_HDRLEN;
}

/* memcpy, because a hostile or odd message may put a number at any address. */
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

/* Copies a string that may lack its NUL; the copy always has one and is cut where it does not fit. */
static inline void attribute_text(const struct nlattr *attribute, char *text, size_t size)
{
	size_t length = strnlen(attribute_data(attribute), attribute_size(attribute));

	if (length >= size)
		length = size - 1;
	memcpy(text, attribute_data(attribute), length);
	memset(text + length, 0, size - length);
}

/*
 * Finds the attributes that `policy` names: found[i] belongs to policy[i], NULL if absent. A false return means a malformed
 * message: an attribute that leaves its container, or is shorter than its policy. The last of several of a type counts.
 */
static inline bool attributes_find(const void *data, size_t size, const struct culvert_policy *policy, size_t count,
				   const struct nlattr **found)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < count; i++)
		found[i] = NULL;
	while (size >= NLA_HDRLEN) {
		const struct nlattr *attribute = (const struct nlattr *)at;
		size_t step;

		if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > size)
			return false;
		for (size_t i = 0; i < count; i++) {
			if ((attribute->nla_type & NLA_TYPE_MASK) != policy[i].type)
				continue;
			if (attribute_size(attribute) < policy[i].min_size)
				return false;
			found[i] = attribute;
		}
		step = NLA_ALIGN(attribute->nla_len);
		if (step >= size)
			break;
		at += step;
		size -= step;
	}
	return true;
}

/* What follows the fixed part of a message, `header_size` bytes long; NULL if the message is shorter than that. */
static inline const void *message_attributes(const struct nlmsghdr *message, size_t header_size, size_t *ret_size)
{
	if (message->nlmsg_len < NLMSG_SPACE(header_size))
		return NULL;
	*ret_size = message->nlmsg_len - NLMSG_SPACE(header_size);
	return (const uint8_t *)message + NLMSG_SPACE(header_size);
}

/* The message at `at` if it lies within `size` bytes, else NULL. */
static inline const struct nlmsghdr *message_at(const void *at, size_t size)
{
	const struct nlmsghdr *message = at;

	if (size < sizeof *message || message->nlmsg_len < sizeof *message || message->nlmsg_len > size)
		return NULL;
	return message;
}

/* How far the message reaches, with its padding, but never past `size`. */
static inline size_t message_step(const struct nlmsghdr *message, size_t size)
{
	size_t step = NLMSG_ALIGN(message->nlmsg_len);

	return step < size ? step : size;
}

/* Appends an attribute to a message; the caller has made room (CULVERT_MESSAGE_MAX). */
static inline struct nlattr *message_put(struct nlmsghdr *message, uint16_t type, const void *data, uint16_t size)
{
	struct nlattr *attribute = (struct nlattr *)((uint8_t *)message + NLMSG_ALIGN(message->nlmsg_len));

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	if (size > 0)
		memcpy((uint8_t *)attribute + NLA_HDRLEN, data, size);
	memset((uint8_t *)attribute + attribute->nla_len, 0, NLA_ALIGN(attribute->nla_len) - attribute->nla_len);
	message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + (uint32_t)NLA_ALIGN(attribute->nla_len);
	return attribute;
}

static inline void message_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	message_put(message, type, &value, sizeof value);
}

static inline void message_put_u8(struct nlmsghdr *message, uint16_t type, uint8_t value)
{
	message_put(message, type, &value, sizeof value);
}

/* Opens an attribute that contains others; all that is put until message_nest_end() belongs to it. */
static inline struct nlattr *message_nest(struct nlmsghdr *message, uint16_t type)
{
	return message_put(message, type, NULL, 0);
}

static inline void message_nest_end(struct nlmsghdr *message, struct nlattr *nest)
{
	nest->nla_len = (uint16_t)((uint8_t *)message + message->nlmsg_len - (uint8_t *)nest);
}

#endif
