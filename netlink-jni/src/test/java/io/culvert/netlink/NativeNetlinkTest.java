package io.culvert.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.Errno;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** C refuses a buffer that is too small, or on the Java heap, before it writes to it. */
class NativeNetlinkTest {

    private static long socket;
    private static long monitor;

    @BeforeAll
    static void open() {
        NativeLibrary.load();
        socket = NativeNetlink.openSocket(null);
        monitor = NativeNetlink.openMonitor(null, 0, 90, "culvert");
        assertThat(socket).isPositive();
        assertThat(monitor).isPositive();
    }

    @AfterAll
    static void close() {
        NativeNetlink.closeMonitor(monitor);
        NativeNetlink.closeSocket(socket);
    }

    /** A call of C with a buffer and a number of records. */
    private interface Call {
        int on(ByteBuffer buffer, int records);
    }

    private static void refusesWrongBuffers(int recordSize, Call call) {
        assertThat(call.on(ByteBuffer.allocateDirect(2 * recordSize - 1), 2)).isEqualTo(-Errno.EINVAL);
        assertThat(call.on(ByteBuffer.allocateDirect(2 * recordSize), -1)).isEqualTo(-Errno.EINVAL);
        assertThat(call.on(ByteBuffer.allocate(2 * recordSize), 2)).isEqualTo(-Errno.EINVAL);
        assertThat(call.on(ByteBuffer.allocateDirect(2 * recordSize), 2)).isNotNegative();
    }

    @Test
    void checksTheBufferOfADump() {
        refusesWrongBuffers(LinkRecord.SIZE, (buffer, records) -> NativeNetlink.nextRecords(socket, buffer, records));
    }

    @Test
    void checksTheBuffersOfABatch() {
        ByteBuffer results = ByteBuffer.allocateDirect(2 * ResultRecord.SIZE);
        refusesWrongBuffers(
                OperationRecord.SIZE, (buffer, count) -> NativeNetlink.apply(socket, buffer, count, results));
        ByteBuffer operations = ByteBuffer.allocateDirect(2 * OperationRecord.SIZE);
        refusesWrongBuffers(
                ResultRecord.SIZE, (buffer, count) -> NativeNetlink.apply(socket, operations, count, buffer));
    }

    @Test
    void checksTheBufferOfLostRoutes() {
        refusesWrongBuffers(RouteRecord.SIZE, (buffer, records) -> NativeNetlink.lostRoutes(monitor, buffer, records));
    }

    @Test
    void checksTheProtocol() {
        assertThat(NativeNetlink.openMonitor(null, 0, 256, "culvert")).isEqualTo(-Errno.EINVAL);
        assertThat(NativeNetlink.openMonitor(null, 0, -1, "culvert")).isEqualTo(-Errno.EINVAL);
    }
}
