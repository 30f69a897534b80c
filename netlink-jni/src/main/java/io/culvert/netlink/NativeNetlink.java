package io.culvert.netlink;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The functions of {@code culvert_netlink.h}, which documents them. Handles are addresses: a wrong or closed one crashes the
 * process, so only {@link NetlinkSocket} and {@link KernelMonitor} hold any. Results below 0 are negative error numbers.
 * Buffers are direct.
 */
final class NativeNetlink {

    private NativeNetlink() {}

    /** Null past the end. */
    static native @Nullable String layoutName(int i);

    static native int layoutValue(int i);

    /** @param netns path of a network namespace, or null for the caller's */
    static native long openSocket(@Nullable String netns);

    static native int socketPort(long socket);

    static native void closeSocket(long socket);

    static native int startDump(long socket, int table);

    /** @param capacity in records of the largest size, {@link LinkRecord#SIZE} */
    static native int nextRecords(long socket, ByteBuffer records, int capacity);

    static native int apply(long socket, ByteBuffer operations, int count, ByteBuffer results);

    /** @param sourceCount in records of {@link RangeRecord#SIZE}, sorted and apart; so the kept ones */
    static native int forgetFlows(long socket, ByteBuffer sources, int sourceCount, ByteBuffer kept, int keptCount);

    /** @param netns path of a network namespace, or null for the caller's */
    static native long openMonitor(@Nullable String netns, int ignoredPort, int protocol, String nftTable);

    /** @param timeoutMillis -1 for no timeout */
    static native int waitMonitor(long monitor, int timeoutMillis);

    /** @param capacity in records of {@link RouteRecord#SIZE} */
    static native int lostRoutes(long monitor, ByteBuffer lost, int capacity);

    static native int wakeMonitor(long monitor);

    static native void closeMonitor(long monitor);

    /** @param socketName a path, or {@code @} and a name in the abstract namespace */
    static native int notify(String socketName, String message);
}
