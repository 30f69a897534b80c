/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of Java's class io.culvert.netlink.NativeNetlink. They return an int or a long; below 0 it is a negative
 * errno. They throw nothing, call nothing back, and keep no reference after a call.
 */
#include "culvert_netlink.h"

#include <errno.h>
#include <jni.h>
#include <limits.h>

#define CLASS "io/culvert/netlink/NativeNetlink"

/* Space for a Java string as (modified) UTF-8 with a NUL; NULL stays NULL. */
struct text {
	char bytes[PATH_MAX];
};

/* Refuses a string that does not fit: the kernel reads up to a NUL. */
static int copy_text(JNIEnv *env, jstring string, struct text *text, const char **ret_bytes)
{
	*ret_bytes = NULL;
	if (string == NULL)
		return 0;
	if ((size_t)(*env)->GetStringUTFLength(env, string) >= sizeof text->bytes)
		return -ENAMETOOLONG;
	(*env)->GetStringUTFRegion(env, string, 0, (*env)->GetStringLength(env, string), text->bytes);
	text->bytes[(*env)->GetStringUTFLength(env, string)] = '\0';
	*ret_bytes = text->bytes;
	return 0;
}

/* The memory of a direct buffer with room for `count` records, or NULL. */
static void *records(JNIEnv *env, jobject buffer, jint count, size_t record_size)
{
	void *address = (*env)->GetDirectBufferAddress(env, buffer);
	jlong capacity = (*env)->GetDirectBufferCapacity(env, buffer);

	if (address == NULL || count < 0 || capacity / (jlong)record_size < count)
		return NULL;
	return address;
}

static struct culvert_socket *socket_of(jlong handle)
{
	return (struct culvert_socket *)(intptr_t)handle;
}

static struct culvert_monitor *monitor_of(jlong handle)
{
	return (struct culvert_monitor *)(intptr_t)handle;
}

static jstring layout_name(JNIEnv *env, jclass class, jint i)
{
	const char *name = culvert_layout_name((uint32_t)i);

	(void)class;
	return name == NULL ? NULL : (*env)->NewStringUTF(env, name);
}

static jint layout_value(JNIEnv *env, jclass class, jint i)
{
	(void)env, (void)class;
	return culvert_layout_value((uint32_t)i);
}

static jlong open_socket(JNIEnv *env, jclass class, jstring netns)
{
	struct culvert_socket *socket;
	struct text text;
	const char *path;
	int error = copy_text(env, netns, &text, &path);

	(void)class;
	if (error == 0)
		error = culvert_socket_open(path, &socket);
	return error < 0 ? error : (jlong)(intptr_t)socket;
}

static jint socket_port(JNIEnv *env, jclass class, jlong handle)
{
	(void)env, (void)class;
	return (jint)culvert_socket_port(socket_of(handle));
}

static void close_socket(JNIEnv *env, jclass class, jlong handle)
{
	(void)env, (void)class;
	culvert_socket_close(socket_of(handle));
}

static jint start_dump(JNIEnv *env, jclass class, jlong handle, jint table)
{
	(void)env, (void)class;
	return culvert_dump_start(socket_of(handle), (uint32_t)table);
}

/* Checks for the largest record: only the socket knows which table it reads. */
static jint next_records(JNIEnv *env, jclass class, jlong handle, jobject buffer, jint capacity)
{
	void *address = records(env, buffer, capacity, sizeof(struct culvert_link));

	(void)class;
	return address == NULL ? -EINVAL : culvert_dump_next(socket_of(handle), address, (uint32_t)capacity);
}

static jint apply(JNIEnv *env, jclass class, jlong handle, jobject op_buffer, jint count, jobject result_buffer)
{
	struct culvert_op *ops = records(env, op_buffer, count, sizeof *ops);
	struct culvert_result *results = records(env, result_buffer, count, sizeof *results);

	(void)class;
	if (ops == NULL || results == NULL)
		return -EINVAL;
	return culvert_apply(socket_of(handle), ops, (uint32_t)count, results);
}

static jint forget_flows(JNIEnv *env, jclass class, jlong handle, jobject source_buffer, jint source_count,
			 jobject kept_buffer, jint kept_count)
{
	struct culvert_range *sources = records(env, source_buffer, source_count, sizeof *sources);
	struct culvert_range *kept = records(env, kept_buffer, kept_count, sizeof *kept);

	(void)class;
	if (sources == NULL || kept == NULL)
		return -EINVAL;
	return culvert_forget_flows(socket_of(handle), sources, (uint32_t)source_count, kept, (uint32_t)kept_count);
}

static jlong open_monitor(JNIEnv *env, jclass class, jstring netns, jint ignored_port, jint protocol,
			  jstring nft_table)
{
	struct culvert_monitor *monitor;
	struct text netns_text, table_text;
	const char *path, *table;
	int error = copy_text(env, netns, &netns_text, &path);

	(void)class;
	if (error == 0)
		error = copy_text(env, nft_table, &table_text, &table);
	if (error < 0)
		return error;
	if (table == NULL || protocol < 0 || protocol > UINT8_MAX)
		return -EINVAL;
	error = culvert_monitor_open(path, (uint32_t)ignored_port, (uint8_t)protocol, table, &monitor);
	return error < 0 ? error : (jlong)(intptr_t)monitor;
}

static jint wait_monitor(JNIEnv *env, jclass class, jlong handle, jint timeout_ms)
{
	(void)env, (void)class;
	return culvert_monitor_wait(monitor_of(handle), timeout_ms);
}

static jint lost_routes(JNIEnv *env, jclass class, jlong handle, jobject buffer, jint capacity)
{
	struct culvert_route *lost = records(env, buffer, capacity, sizeof *lost);

	(void)class;
	return lost == NULL ? -EINVAL : culvert_monitor_lost(monitor_of(handle), lost, (uint32_t)capacity);
}

static jint wake_monitor(JNIEnv *env, jclass class, jlong handle)
{
	(void)env, (void)class;
	return culvert_monitor_wake(monitor_of(handle));
}

static void close_monitor(JNIEnv *env, jclass class, jlong handle)
{
	(void)env, (void)class;
	culvert_monitor_close(monitor_of(handle));
}

static jint notify(JNIEnv *env, jclass class, jstring socket_name, jstring message)
{
	struct text name_text, message_text;
	const char *name, *bytes;
	int error = copy_text(env, socket_name, &name_text, &name);

	(void)class;
	if (error == 0)
		error = copy_text(env, message, &message_text, &bytes);
	if (error < 0)
		return error;
	return name == NULL || bytes == NULL ? -EINVAL : culvert_notify(name, bytes);
}

static const JNINativeMethod methods[] = {
	{"layoutName", "(I)Ljava/lang/String;", layout_name},
	{"layoutValue", "(I)I", layout_value},
	{"openSocket", "(Ljava/lang/String;)J", open_socket},
	{"socketPort", "(J)I", socket_port},
	{"closeSocket", "(J)V", close_socket},
	{"startDump", "(JI)I", start_dump},
	{"nextRecords", "(JLjava/nio/ByteBuffer;I)I", next_records},
	{"apply", "(JLjava/nio/ByteBuffer;ILjava/nio/ByteBuffer;)I", apply},
	{"forgetFlows", "(JLjava/nio/ByteBuffer;ILjava/nio/ByteBuffer;I)I", forget_flows},
	{"openMonitor", "(Ljava/lang/String;IILjava/lang/String;)J", open_monitor},
	{"waitMonitor", "(JI)I", wait_monitor},
	{"lostRoutes", "(JLjava/nio/ByteBuffer;I)I", lost_routes},
	{"wakeMonitor", "(J)I", wake_monitor},
	{"closeMonitor", "(J)V", close_monitor},
	{"notify", "(Ljava/lang/String;Ljava/lang/String;)I", notify},
};

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
	JNIEnv *env;
	jclass class;

	(void)reserved;
	if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK)
		return JNI_ERR;
	class = (*env)->FindClass(env, CLASS);
	if (class == NULL ||
	    (*env)->RegisterNatives(env, class, methods, sizeof methods / sizeof methods[0]) != JNI_OK)
		return JNI_ERR;
	return JNI_VERSION_1_8;
}
