/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a message to the process's supervisor, by the protocol of sd_notify(3). */
#include "culvert_netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that begins with @ is in the abstract namespace: it starts with a NUL and has no NUL at its end (unix(7)). */
static int address_of(const char *name, struct sockaddr_un *address, socklen_t *size)
{
	size_t length = strlen(name);

	if (name[0] != '/' && name[0] != '@')
		return -EAFNOSUPPORT;
	if (length >= sizeof address->sun_path)
		return -ENAMETOOLONG;
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, name, length + 1);
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	else
		(*size)++;
	return 0;
}

int culvert_notify(const char *name, const char *message)
{
	struct sockaddr_un address = {0};
	socklen_t size = 0;
	int fd, error = address_of(name, &address, &size);

	if (error < 0)
		return error;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, message, strlen(message), MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0)
		error = -errno;
	close(fd);
	return error;
}
