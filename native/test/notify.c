/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams to a real socket, as a supervisor has one. */
#include "culvert_netlink.h"
#include "isolated.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A supervisor's socket at the address; reads do not wait. */
static int listen_at(const struct sockaddr_un *address, socklen_t size)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)address, size), 0);
	return fd;
}

static void assert_received(int fd, const char *message)
{
	char received[256] = {0};

	assert_int_equal(recv(fd, received, sizeof received - 1, 0), strlen(message));
	assert_string_equal(received, message);
}

static void assert_nothing_received(int fd)
{
	char received[256];

	assert_int_equal(recv(fd, received, sizeof received, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

/* A path of exactly `length` bytes in a new directory, whose own path is shorter. */
static void path_of(char *path, size_t length, char *directory)
{
	assert_non_null(mkdtemp(directory));
	memset(path, 'x', length);
	memcpy(path, directory, strlen(directory));
	path[strlen(directory)] = '/';
	path[length] = '\0';
}

static void remove_path(const char *path, const char *directory)
{
	unlink(path);
	rmdir(directory);
}

static void a_message_is_one_datagram(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char directory[] = "/tmp/culvert-notify-XXXXXX", path[sizeof address.sun_path + 1];
	int fd;

	(void)state;
	path_of(path, 40, directory);
	strcpy(address.sun_path, path);
	fd = listen_at(&address, sizeof address);
	assert_int_equal(culvert_notify(path, "READY=1\nSTATUS=running"), 0);
	assert_int_equal(culvert_notify(path, "WATCHDOG=1"), 0);
	assert_received(fd, "READY=1\nSTATUS=running");
	assert_received(fd, "WATCHDOG=1");
	assert_nothing_received(fd);
	remove_path(path, directory);
}

static void the_longest_path_fits_and_a_longer_one_is_refused(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char directory[] = "/tmp/culvert-notify-XXXXXX", path[sizeof address.sun_path + 1];
	int fd;

	(void)state;
	path_of(path, sizeof address.sun_path - 1, directory);
	strcpy(address.sun_path, path);
	fd = listen_at(&address, sizeof address);
	assert_int_equal(culvert_notify(path, "READY=1"), 0);
	assert_received(fd, "READY=1");
	strcat(path, "x");
	assert_int_equal(culvert_notify(path, "READY=1"), -ENAMETOOLONG);
	assert_nothing_received(fd);
	remove_path(address.sun_path, directory);
}

static void the_abstract_namespace_is_reached(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof name, "@culvert-notify-%d", (int)getpid());
	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	fd = listen_at(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
	assert_int_equal(culvert_notify(name, "STOPPING=1"), 0);
	assert_received(fd, "STOPPING=1");
}

static void a_full_queue_is_an_error(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char directory[] = "/tmp/culvert-notify-XXXXXX", path[sizeof address.sun_path];
	int sent = 0, result;

	(void)state;
	path_of(path, 40, directory);
	assert_int_equal(culvert_notify(path, "READY=1"), -ENOENT);
	strcpy(address.sun_path, path);
	listen_at(&address, sizeof address);
	do
		result = culvert_notify(path, "WATCHDOG=1");
	while (result == 0 && ++sent < 1000000);
	assert_int_equal(result, -EAGAIN);
	remove_path(path, directory);
}

static void other_kinds_of_socket_are_refused(void **state)
{
	(void)state;
	assert_int_equal(culvert_notify("vsock:2:1234", "READY=1"), -EAFNOSUPPORT);
	assert_int_equal(culvert_notify("", "READY=1"), -EAFNOSUPPORT);
}

static void no_descriptor_leaks(void **state)
{
	int before = open("/dev/null", O_RDONLY), after;

	(void)state;
	close(before);
	for (int i = 0; i < 10; i++)
		assert_int_equal(culvert_notify("/nowhere", "READY=1"), -ENOENT);
	after = open("/dev/null", O_RDONLY);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_one_datagram),
		cmocka_unit_test(the_longest_path_fits_and_a_longer_one_is_refused),
		cmocka_unit_test(the_abstract_namespace_is_reached),
		cmocka_unit_test(a_full_queue_is_an_error),
		cmocka_unit_test(other_kinds_of_socket_are_refused),
		cmocka_unit_test(no_descriptor_leaks),
	};

	return run_isolated(tests, sizeof tests / sizeof tests[0]) == 0 ? 0 : 1;
}
