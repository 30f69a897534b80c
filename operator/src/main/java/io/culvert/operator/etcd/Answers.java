package io.culvert.operator.etcd;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How long an answer may take, and which thread handles it: on an idle machine each thread that has to wake takes longer
 * than all that is done with an event.
 *
 * <p>A request with one answer has a deadline, after which gRPC cancels it for good; a future that merely times out leaves a
 * queued write behind, which happens when etcd is back. Its answer is handled on the network thread that it came in on. A
 * stream, which a watch or a lease is, has no deadline, and its opener names who handles its answers.
 */
final class Answers implements ClientInterceptor {

    private static final Context.Key<Executor> STREAM_EXECUTOR = Context.key("culvert-stream-executor");

    private final Duration deadline;

    Answers(Duration deadline) {
        this.deadline = deadline;
    }

    /** Opens streams with {@code open}, on this thread; all their answers go to {@code executor}, one after the other. */
    static <T> T ofStreams(Executor executor, Supplier<T> open) {
        Context named = Context.current().withValue(STREAM_EXECUTOR, executor);
        Context before = named.attach();
        try {
            return open.get();
        } finally {
            named.detach(before);
        }
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return next.newCall(method, method.getType() == MethodType.UNARY ? ofRequest(options) : ofStream(options));
    }

    private CallOptions ofRequest(CallOptions options) {
        return options.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS)
                .withExecutor(EventLoops::handle);
    }

    private static CallOptions ofStream(CallOptions options) {
        Executor executor = STREAM_EXECUTOR.get();
        return executor == null ? options : options.withExecutor(executor);
    }
}
