/* SPDX-License-Identifier: Apache-2.0 */
/* Internal functions that the files of the library share. */
#ifndef CULVERT_SOCKET_H
#define CULVERT_SOCKET_H

#include "culvert_netlink.h"
#include <linux/netlink.h>
#include <stdbool.h>
#include <sys/types.h>

/* The longest datagram: the kernel's dumps use at most 32 KiB (af_netlink.c, netlink_dump()). */
#define CULVERT_RECEIVE_SIZE 65536

/* Bytes per sendmsg(2). */
#define CULVERT_SEND_SIZE 65536

/* The limit of one request; the longest is the creation of an ipip device. */
#define CULVERT_MESSAGE_MAX 256

/* An upper bound of what an acknowledgement takes in the receive buffer: a small sk_buff with its head. */
#define CULVERT_ACK_COST 2048

/* The longest datagram of acknowledgements: the kernel sends each by itself, with the text of the error. */
#define CULVERT_ANSWER_SIZE 8192

/* How far a datagram has been parsed: which message, and which of its hops. */
struct culvert_cursor {
	size_t at;
	uint32_t hop;
};

struct culvert_socket {
	int fd;
	int flow_fd;              /* reads flows of connection tracking; below 0 where the kernel has no netfilter */
	int forget_fd;            /* deletes them */
	uint32_t flow_sequence;   /* of the last dump of flows */
	uint32_t forget_sequence; /* of the next deletion */
	uint32_t port;
	uint32_t sequence;            /* of the next request */
	uint32_t acks_max;            /* how many acknowledgements always fit the receive buffer */
	uint32_t table;               /* enum culvert_table of the dump in progress, 0 = none */
	uint32_t dump;                /* the sequence number of the dump in progress */
	struct culvert_cursor cursor; /* with `end` the unparsed part of `received` */
	size_t end;
	_Alignas(NLMSG_ALIGNTO) uint8_t received[CULVERT_RECEIVE_SIZE];
	_Alignas(NLMSG_ALIGNTO) uint8_t sending[CULVERT_SEND_SIZE];
	_Alignas(NLMSG_ALIGNTO) uint8_t answers[CULVERT_ANSWER_SIZE];
};

/* Opens a socket of a netlink family in a network namespace (NULL = the caller's) with a large receive buffer. */
int culvert_open_netlink(const char *netns, int family);

/* Receives one datagram from the kernel without waiting. Returns its size, or -EAGAIN if there is none. */
ssize_t culvert_receive(int fd, void *buffer, size_t size);

/* Sends `size` bytes of requests. The kernel has carried them out on return. */
int culvert_send(int fd, const void *requests, size_t size);

/*
 * Parses one message of a table into its record for hop or member number `hop`: 1 = written, CULVERT_MORE = written, and
 * there is another hop, 0 = of no interest, -EBADMSG = malformed. A pure function of the bytes.
 */
int culvert_parse(uint32_t table, const struct nlmsghdr *message, uint32_t hop, void *record);

#define CULVERT_MORE 2

/* The same for a route in RTM_NEWROUTE or RTM_DELROUTE. */
int culvert_parse_route(const struct nlmsghdr *message, uint32_t hop, struct culvert_route *route);

/* The size of a table's record in bytes; 0 = no such table. */
size_t culvert_record_size(uint32_t table);

/*
 * Parses part of a dump's datagram from `cursor` to `end`: writes up to `capacity` records and returns how many.
 * *ret_done is set at the end of the dump. Errors: -EINTR when the dump was interrupted, -EBADMSG, or the kernel's own.
 */
int culvert_parse_dump(uint32_t table, uint32_t sequence, const uint8_t *datagram, struct culvert_cursor *cursor,
		       size_t end, void *records, uint32_t capacity, bool *ret_done);

/* Discards all waiting answers, and with them the rest of a dump in progress. */
void culvert_discard(struct culvert_socket *socket);

/*
 * Writes an operation as a request into `size` bytes and returns its length, a multiple of NLMSG_ALIGNTO. Returns 0 with
 * the reason in `result` if the operation is invalid (EINVAL) or does not fit (EMSGSIZE).
 */
uint32_t culvert_encode(const struct culvert_op *op, void *buffer, size_t size, struct culvert_result *result);

/*
 * Writes the acknowledgements in a datagram to results[sequence - first_sequence] and skips those of other requests.
 * *ret_last is set by the acknowledgement of `last_sequence`. Returns 0 or -EBADMSG.
 */
int culvert_parse_acks(const uint8_t *datagram, size_t size, uint32_t first_sequence, uint32_t last_sequence,
		       struct culvert_result *results, bool *ret_last);

/* The errno in NLMSG_DONE (0 = complete) or NLMSG_ERROR; -EBADMSG if there is none. */
int culvert_end_code(const struct nlmsghdr *message);

/* A flow as connection tracking has it. The attributes are those of the message. */
struct culvert_flow {
	uint32_t source;            /* of its first packet */
	uint32_t destination;       /* what answers, so the one behind a translated destination */
	bool translated;            /* its source is */
	const struct nlattr *tuple; /* CTA_TUPLE_ORIG */
	const struct nlattr *id;    /* CTA_ID */
	const struct nlattr *zone;  /* CTA_ZONE, or NULL */
};

/* Parses IPCTNL_MSG_CT_NEW: 1 = written, 0 = not of IPv4, -EBADMSG = malformed. A pure function of the bytes. */
int culvert_parse_flow(const struct nlmsghdr *message, struct culvert_flow *flow);

/* Writes the request that deletes just this flow; returns its length, or 0 if it does not fit. */
uint32_t culvert_encode_flow_delete(const struct culvert_flow *flow, void *buffer, size_t size);

/* What culvert_forget_flows() was given. */
struct culvert_forget {
	const struct culvert_range *sources;
	uint32_t source_count;
	const struct culvert_range *kept;
	uint32_t kept_count;
};

/* Which messages the monitor reports. */
struct culvert_interest {
	uint8_t protocol;
	char nft_table[32];
};

/* Routes of ours that somebody deleted. */
struct culvert_lost {
	uint32_t count;
	struct culvert_route routes[CULVERT_LOST_MAX];
};

/*
 * CULVERT_DIRTY_* and CULVERT_ROUTES_LOST for one datagram of NETLINK_ROUTE or NETLINK_NETFILTER. A malformed one counts
 * as an overrun. Lost routes are appended to *lost while there is room.
 */
uint32_t culvert_route_news(const struct culvert_interest *interest, const uint8_t *datagram, size_t size,
			    struct culvert_lost *lost);
uint32_t culvert_nft_news(const struct culvert_interest *interest, const uint8_t *datagram, size_t size);

#endif
