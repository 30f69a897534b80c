package io.culvert.operator.etcd;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which gRPC talks to the network, known so that they can be ended. gRPC keeps them for a second after the last
 * connection is closed, waiting in epoll_wait(2), and a Java that exits waits up to 300 ms for threads in a system call
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
