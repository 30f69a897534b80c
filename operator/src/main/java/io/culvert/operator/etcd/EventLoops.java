package io.culvert.operator.etcd;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
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
 * The threads on which gRPC talks to the network, known so that they can be ended, and their connections reset. gRPC keeps them
 * for a second after the last connection is closed, waiting in epoll_wait(2), and a Java that exits waits up to 300 ms for threads in a system call
 * (HotSpot, {@code VM_Exit::wait_for_threads_in_native_to_block}): as long as everything else a command does.
 */
public final class EventLoops {

    private static final Set<EventExecutorGroup> SEEN = ConcurrentHashMap.newKeySet();

    private EventLoops() {}

    /**
     * Ends them, of all connections of this process; nothing may ask etcd from now on. Waits until they have ended, at most a
     * second.
     */
    public static void end() {
        List<? extends Future<?>> ends = SEEN.stream()
                .map(loops -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS))
                .toList();
        ends.forEach(end -> end.awaitUninterruptibly(1, TimeUnit.SECONDS));
    }

    /**
     * Resets the connections to some ports, so that this kernel forgets what it has not brought to the other side yet; it would go
     * on trying, also for a process that has ended. Waits until that is done. Not from one of these threads.
     */
    static void reset(Set<Integer> ports) {
        SEEN.stream()
                .flatMap(loops -> StreamSupport.stream(loops.spliterator(), false))
                .flatMap(loop ->
                        loop instanceof SingleThreadEventLoop channels ? begin(channels, ports) : Stream.empty())
                .toList()
                .forEach(Future::syncUninterruptibly);
    }

    private static Stream<Future<?>> begin(SingleThreadEventLoop loop, Set<Integer> ports) {
        try {
            return Stream.of(loop.submit(() -> reset(loop, ports)));
        } catch (RejectedExecutionException ended) {
            // So have its connections.
            return Stream.empty();
        }
    }

    private static void reset(SingleThreadEventLoop loop, Set<Integer> ports) {
        List<io.netty.channel.Channel> leading = new ArrayList<>();
        loop.registeredChannelsIterator().forEachRemaining(channel -> {
            if (channel.remoteAddress() instanceof InetSocketAddress there && ports.contains(there.getPort())) {
                leading.add(channel);
            }
        });
        for (io.netty.channel.Channel channel : leading) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.unsafe().close(channel.voidPromise());
        }
    }

    /** Notes the thread that an answer comes in on: the answer is handled there, not handed to another thread. */
    static final class Interceptor implements ClientInterceptor {

        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            boolean unary = method.getType() == MethodType.UNARY;
            return next.newCall(method, unary ? options.withExecutor(Interceptor::here) : options);
        }

        private static void here(Runnable answer) {
            EventExecutor loop = ThreadExecutorMap.currentExecutor();
            if (loop != null) {
                SEEN.add(loop.parent());
            }
            answer.run();
        }
    }
}
