/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribes to changes that others make: converts multicast messages to dirty bits. */
#include "message.h"
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/netconf.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Datagrams read per wait, so that a flood cannot keep it from returning. The next wait reads the rest. */
#define DRAIN_MAX 4096

struct culvert_monitor {
	int route;
	int nft;
	int waker;
	struct culvert_interest interest;
	struct culvert_lost lost;
	_Alignas(NLMSG_ALIGNTO) uint8_t received[CULVERT_RECEIVE_SIZE];
};

static uint32_t link_news(const struct nlmsghdr *message)
{
	const struct ifinfomsg *header = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof *header))
		return CULVERT_DIRTY_OVERRUN;
	/* Bridge ports are announced here too, with AF_BRIDGE. */
	return header->ifi_family == AF_UNSPEC ? CULVERT_DIRTY_LINK : 0;
}

/* The metrics of the caller's routes: the first and, for blackholes, the last of a prefix. */
static bool is_our_metric(uint32_t metric)
{
	return metric == 0 || metric == UINT32_MAX;
}

/* Sysctls of a device, such as forwarding and rp_filter. */
static uint32_t sysctl_news(const struct nlmsghdr *message)
{
	const struct netconfmsg *header = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof *header))
		return CULVERT_DIRTY_OVERRUN;
	return header->ncm_family == AF_INET ? CULVERT_DIRTY_LINK : 0;
}

static uint32_t lost_news(const struct culvert_route *route, struct culvert_lost *lost)
{
	if (lost->count == CULVERT_LOST_MAX)
		return CULVERT_DIRTY_ROUTE;
	lost->routes[lost->count++] = *route;
	return CULVERT_ROUTES_LOST;
}

static uint32_t route_news(const struct culvert_interest *interest, const struct nlmsghdr *message,
			   struct culvert_lost *lost)
{
	struct culvert_route route;
	int parsed = culvert_parse_route(message, 0, &route);

	if (parsed <= 0)
		return parsed == 0 ? 0 : CULVERT_DIRTY_OVERRUN;
	if (message->nlmsg_type == RTM_DELROUTE && route.protocol == interest->protocol &&
	    is_our_metric(route.metric) && route.tos == 0)
		return lost_news(&route, lost);
	/* The node's own address and the guarded gateways follow from the default routes. */
	if (route.protocol == interest->protocol || message->nlmsg_flags & NLM_F_REPLACE ||
	    is_our_metric(route.metric) || route.prefix_length == 0)
		return CULVERT_DIRTY_ROUTE;
	return 0;
}

static uint32_t message_news(const struct culvert_interest *interest, const struct nlmsghdr *message,
			     struct culvert_lost *lost)
{
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return link_news(message);
	case RTM_NEWNETCONF:
		return sysctl_news(message);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return CULVERT_DIRTY_ADDRESS;
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return CULVERT_DIRTY_NEXTHOP;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return route_news(interest, message, lost);
	default:
		return 0;
	}
}

uint32_t culvert_route_news(const struct culvert_interest *interest, const uint8_t *datagram, size_t size,
			    struct culvert_lost *lost)
{
	uint32_t news = 0;
	size_t cursor = 0;

	while (cursor < size) {
		const struct nlmsghdr *message = message_at(datagram + cursor, size - cursor);

		if (message == NULL)
			return CULVERT_DIRTY_OVERRUN;
		cursor += message_step(message, size - cursor);
		news |= message_news(interest, message, lost);
	}
	return news;
}

/* The comment that nft and iptables store with a rule: a type, a size and a text (libnftnl, udata.h). */
static bool has_comment(const struct nlattr *userdata, const char *comment)
{
	enum { COMMENT = 0, HEADER = 2 };
	const uint8_t *at;
	size_t size;

	if (userdata == NULL)
		return false;
	at = attribute_data(userdata);
	size = attribute_size(userdata);
	while (size >= HEADER && at[1] <= size - HEADER) {
		if (at[0] == COMMENT && at[1] == strlen(comment) + 1 && memcmp(at + HEADER, comment, at[1]) == 0)
			return true;
		size -= HEADER + (size_t)at[1];
		at += HEADER + (size_t)at[1];
	}
	return false;
}

/* What a change of a foreign table means. Elements of sets and chains without a hook come and go too often. */
static uint32_t foreign_news(const struct culvert_interest *interest, uint16_t type, const struct nlattr *hook,
			     const struct nlattr *userdata)
{
	switch (type) {
	case NFT_MSG_DELTABLE:
		return CULVERT_DIRTY_FIREWALL;
	case NFT_MSG_NEWCHAIN:
		return hook != NULL ? CULVERT_DIRTY_FIREWALL : 0;
	case NFT_MSG_DELRULE:
		return has_comment(userdata, interest->nft_table) ? CULVERT_DIRTY_FIREWALL
								  : CULVERT_DIRTY_FOREIGN_RULE;
	case NFT_MSG_NEWRULE:
		return CULVERT_DIRTY_FOREIGN_RULE;
	default:
		return 0;
	}
}

/*
 * The first attribute of every nf_tables object is the name of its table: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE,
 * NFTA_RULE_TABLE, NFTA_SET_TABLE, NFTA_SET_ELEM_LIST_TABLE, NFTA_OBJ_TABLE and NFTA_FLOWTABLE_TABLE are all 1.
 */
static uint32_t table_news(const struct culvert_interest *interest, const struct nlmsghdr *message)
{
	enum { TABLE, HOOK, USERDATA };
	static const struct culvert_policy policy[] = {
		[TABLE] = {NFTA_TABLE_NAME, 1},
		[HOOK] = {NFTA_CHAIN_HOOK, 0},
		[USERDATA] = {NFTA_RULE_USERDATA, 0},
	};
	const struct nfgenmsg *header = NLMSG_DATA(message);
	const struct nlattr *found[3];
	size_t size;
	const void *attributes = message_attributes(message, sizeof *header, &size);
	char name[sizeof interest->nft_table];

	if (attributes == NULL || !attributes_find(attributes, size, policy, 3, found))
		return CULVERT_DIRTY_OVERRUN;
	if ((header->nfgen_family != NFPROTO_IPV4 && header->nfgen_family != NFPROTO_INET) || found[TABLE] == NULL)
		return 0;
	attribute_text(found[TABLE], name, sizeof name);
	if (header->nfgen_family == NFPROTO_IPV4 && strcmp(name, interest->nft_table) == 0)
		return CULVERT_DIRTY_NFT;
	return foreign_news(interest, NFNL_MSG_TYPE(message->nlmsg_type), found[HOOK], found[USERDATA]);
}

uint32_t culvert_nft_news(const struct culvert_interest *interest, const uint8_t *datagram, size_t size)
{
	uint32_t news = 0;
	size_t cursor = 0;

	while (cursor < size) {
		const struct nlmsghdr *message = message_at(datagram + cursor, size - cursor);

		if (message == NULL)
			return CULVERT_DIRTY_OVERRUN;
		cursor += message_step(message, size - cursor);
		if (NFNL_SUBSYS_ID(message->nlmsg_type) == NFNL_SUBSYS_NFTABLES &&
		    NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_NEWGEN)
			news |= table_news(interest, message);
	}
	return news;
}

static int join(int fd, int group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0 ? -errno : 0;
}

/*
 * Lets the kernel drop what that port caused, so that 100,000 changes of ours neither fill the buffer nor wake a thread.
 * Reading the first message is enough: each announcement is a datagram of its own.
 */
static int ignore(int fd, uint32_t port)
{
	struct sock_filter code[] = {
		/* BPF loads are big-endian. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(port), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};

	if (port == 0)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ? -errno : 0;
}

static int subscribe(struct culvert_monitor *m, const char *netns, uint32_t ignored_port)
{
	int error;

	if ((m->route = culvert_open_netlink(netns, NETLINK_ROUTE)) < 0)
		return m->route;
	if ((m->nft = culvert_open_netlink(netns, NETLINK_NETFILTER)) < 0)
		return m->nft;
	if ((error = ignore(m->route, ignored_port)) < 0)
		return error;
	if ((error = join(m->route, RTNLGRP_LINK)) < 0 || (error = join(m->route, RTNLGRP_IPV4_IFADDR)) < 0 ||
	    (error = join(m->route, RTNLGRP_IPV4_ROUTE)) < 0 || (error = join(m->route, RTNLGRP_NEXTHOP)) < 0 ||
	    (error = join(m->route, RTNLGRP_IPV4_NETCONF)) < 0 || (error = join(m->nft, NFNLGRP_NFTABLES)) < 0)
		return error;
	m->waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return m->waker < 0 ? -errno : 0;
}

int culvert_monitor_open(const char *netns, uint32_t ignored_port, uint8_t protocol, const char *nft_table,
			 struct culvert_monitor **ret_monitor)
{
	struct culvert_monitor *m;
	int error;

	if (strlen(nft_table) >= sizeof m->interest.nft_table)
		return -ENAMETOOLONG;
	m = calloc(1, sizeof *m);
	if (m == NULL)
		return -ENOMEM;
	m->route = m->nft = m->waker = -1;
	m->interest.protocol = protocol;
	snprintf(m->interest.nft_table, sizeof m->interest.nft_table, "%s", nft_table);
	error = subscribe(m, netns, ignored_port);
	if (error < 0) {
		culvert_monitor_close(m);
		return error;
	}
	*ret_monitor = m;
	return 0;
}

static uint32_t news_of(struct culvert_monitor *m, int fd, size_t size)
{
	return fd == m->route ? culvert_route_news(&m->interest, m->received, size, &m->lost)
			      : culvert_nft_news(&m->interest, m->received, size);
}

/* Reads what has arrived on one socket and adds it to *news. */
static int drain(struct culvert_monitor *m, int fd, uint32_t *news)
{
	for (int i = 0; i < DRAIN_MAX; i++) {
		ssize_t received = culvert_receive(fd, m->received, sizeof m->received);

		if (received == -EAGAIN)
			return 0;
		if (received == -ENOBUFS || received == -EMSGSIZE)
			*news |= CULVERT_DIRTY_OVERRUN;
		else if (received < 0)
			return (int)received;
		else
			*news |= news_of(m, fd, (size_t)received);
	}
	return 0;
}

int culvert_monitor_wait(struct culvert_monitor *m, int timeout_ms)
{
	struct pollfd ready[] = {{.fd = m->route, .events = POLLIN},
				 {.fd = m->nft, .events = POLLIN},
				 {.fd = m->waker, .events = POLLIN}};
	uint32_t news = 0;
	uint64_t wakes;
	int error = 0;

	m->lost.count = 0;
	if (poll(ready, 3, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	if (ready[0].revents != 0)
		error = drain(m, m->route, &news);
	if (error == 0 && ready[1].revents != 0)
		error = drain(m, m->nft, &news);
	if (ready[2].revents != 0 && read(m->waker, &wakes, sizeof wakes) == sizeof wakes)
		news |= CULVERT_WOKEN;
	return error < 0 ? error : (int)news;
}

int culvert_monitor_lost(const struct culvert_monitor *m, struct culvert_route *lost, uint32_t capacity)
{
	uint32_t count = m->lost.count < capacity ? m->lost.count : capacity;

	memcpy(lost, m->lost.routes, count * sizeof *lost);
	return (int)count;
}

/* EAGAIN means that the counter is full: a wake is already pending. */
int culvert_monitor_wake(struct culvert_monitor *m)
{
	uint64_t one = 1;

	return write(m->waker, &one, sizeof one) < 0 && errno != EAGAIN ? -errno : 0;
}

void culvert_monitor_close(struct culvert_monitor *m)
{
	if (m->route >= 0)
		close(m->route);
	if (m->nft >= 0)
		close(m->nft);
	if (m->waker >= 0)
		close(m->waker);
	free(m);
}
