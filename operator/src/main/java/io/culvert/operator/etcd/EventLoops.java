package io.culvert.operator.etcd;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.ThreadExecutorMap;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * gRPC's network threads, noted so that they can be ended, and their connections reset. gRPC keeps them for a second after
 * the last connection is closed, in epoll_wait(2), and a JVM that exits waits up to 300 ms for threads in a system call
 * (HotSpot, {@code VM_Exit::wait_for_threads_in_native_to_block}): as long as everything else a command does.
 */
public final class EventLoops {

    private static final Set<EventExecutorGroup> SEEN = ConcurrentHashMap.newKeySet();

    private EventLoops() {}

    /**
     * Ends them, of all connections of this process; nothing may call etcd from now on. Waits until they have ended, at most
     * a second.
     */
    public static void end() {
        List<? extends Future<?>> ends = SEEN.stream()
                .map(loops -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS))
                .toList();
        ends.forEach(end -> end.awaitUninterruptibly(1, TimeUnit.SECONDS));
    }

    /**
     * Resets the connections to some ports, so that this kernel drops what it has not delivered yet; it would go on
     * retransmitting, also for a process that has ended. Waits until that is done. Not from one of these threads.
     */
    static void reset(Set<Integer> ports) {
        SEEN.stream()
                .flatMap(loops -> StreamSupport.stream(loops.spliterator(), false))
                .flatMap(loop ->
                        loop instanceof SingleThreadEventLoop channels ? reset(channels, ports) : Stream.empty())
                .toList()
                .forEach(Future::syncUninterruptibly);
    }

    private static Stream<Future<?>> reset(SingleThreadEventLoop loop, Set<Integer> ports) {
        try {
            return Stream.of(loop.submit(() -> resetAll(loop, ports)));
        } catch (RejectedExecutionException ended) {
            // Its connections have ended too.
            return Stream.empty();
        }
    }

    private static void resetAll(SingleThreadEventLoop loop, Set<Integer> ports) {
        List<Channel> leading = new ArrayList<>();
        loop.registeredChannelsIterator().forEachRemaining(channel -> {
            if (channel.remoteAddress() instanceof InetSocketAddress there && ports.contains(there.getPort())) {
                leading.add(channel);
            }
        });
        for (Channel channel : leading) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.unsafe().close(channel.voidPromise());
        }
    }

    /** Handles an answer on the thread that it came in on, without handing it to another one; notes the thread. */
    static void handle(Runnable answer) {
        EventExecutor loop = ThreadExecutorMap.currentExecutor();
        if (loop != null) {
            SEEN.add(loop.parent());
        }
        answer.run();
    }
}
