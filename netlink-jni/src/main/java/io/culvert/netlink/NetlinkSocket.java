package io.culvert.netlink;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.net.Prefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A command socket and its buffers, allocated once. One thread only. */
final class NetlinkSocket implements AutoCloseable {

    /** {@code enum culvert_table}. */
    public enum Table {
        LINK(1),
        ADDRESS(2),
        NEXTHOP(3),
        ROUTE(4),
        PATH(5);

        private final int code;

        Table(int code) {
            this.code = code;
        }
    }

    /** What an object has but its record cannot express. */
    private static final Map<String, Integer> EXTRAS = Map.of(
            "EXTRA_MULTIPATH", 1,
            "EXTRA_METRICS", 2,
            "EXTRA_ENCAP", 4,
            "EXTRA_GATEWAY6", 16,
            "EXTRA_BLACKHOLE", 32,
            "EXTRA_FDB", 64);

    static final Map<String, Integer> CONSTANTS = constants();

    /** Records per read: more than a datagram of 32 KiB holds of the smallest. */
    private static final int READ_CAPACITY = 1024;

    /** Operations per call: a few sends of 64 KiB, and 340 KiB of buffers. */
    static final int BATCH_CAPACITY = 2048;

    final ByteBuffer records = buffer(READ_CAPACITY * LinkRecord.SIZE);
    final ByteBuffer operations = buffer(BATCH_CAPACITY * OperationRecord.SIZE);
    final ByteBuffer results = buffer(BATCH_CAPACITY * ResultRecord.SIZE);

    private long handle;

    private NetlinkSocket(long handle) {
        this.handle = handle;
    }

    /**
     * @param netns the network namespace to act in, such as {@code /run/netns/n1}; null for the calling thread's own
     * @throws KernelException if the socket cannot be opened there
     * @throws NativeLibraryException if the C shim cannot be used
     */
    static NetlinkSocket open(@Nullable Path netns) {
        NativeLibrary.load();
        long handle = NativeNetlink.openSocket(netns == null ? null : netns.toString());
        if (handle < 0) {
            throw openFailure("netlink socket", netns, (int) -handle);
        }
        return new NetlinkSocket(handle);
    }

    static KernelException openFailure(String what, @Nullable Path netns, int errno) {
        String where = netns == null ? "" : " in network namespace " + netns;
        String advice = switch (errno) {
            case Errno.EPERM, Errno.EACCES -> "; entering a namespace needs CAP_SYS_ADMIN";
            case Errno.ENOENT -> "; no such namespace";
            case Errno.EINVAL -> "; not a network namespace, or the kernel is older than 5.3";
            default -> "";
        };
        return new KernelException("cannot open a " + what + where + ": " + Errno.name(errno) + advice, errno);
    }

    /** The port that the kernel puts into the announcements this socket causes. */
    int port() {
        return NativeNetlink.socketPort(handle());
    }

    /**
     * Reads a whole table into {@link #records}, a part at a time.
     *
     * @param part called for each part with the number of records at the start of the buffer
     * @return 0, or a positive error number: after {@link Errno#EINTR} the table has changed and all parts are worthless
     */
    int read(Table table, IntConsumer part) {
        int count = NativeNetlink.startDump(handle(), table.code);
        while (count == 0) {
            count = NativeNetlink.nextRecords(handle(), records, READ_CAPACITY);
            if (count == 0) {
                return 0;
            }
            if (count > 0) {
                part.accept(count);
                count = 0;
            }
        }
        return -count;
    }

    /**
     * Carries out the first {@code count} of {@link #operations} and writes {@link #results}.
     *
     * @return how many failed, or a negative error number when results were lost
     */
    int apply(int count) {
        return NativeNetlink.apply(handle(), operations, count, results);
    }

    /**
     * Deletes flows from connection tracking.
     *
     * @return how many, or a negative error number
     */
    int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
        ByteBuffer sourceRanges = RangeRecord.of(sources);
        ByteBuffer keptRanges = RangeRecord.of(kept);
        return NativeNetlink.forgetFlows(
                handle(),
                sourceRanges,
                sourceRanges.limit() / RangeRecord.SIZE,
                keptRanges,
                keptRanges.limit() / RangeRecord.SIZE);
    }

    @Override
    public void close() {
        if (handle != 0) {
            NativeNetlink.closeSocket(handle);
            handle = 0;
        }
    }

    private long handle() {
        if (handle == 0) {
            throw new IllegalStateException("the netlink socket is closed");
        }
        return handle;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    private static Map<String, Integer> constants() {
        Map<String, Integer> constants = new HashMap<>(EXTRAS);
        for (Table table : Table.values()) {
            constants.put("TABLE_" + table, table.code);
        }
        return Map.copyOf(constants);
    }
}
