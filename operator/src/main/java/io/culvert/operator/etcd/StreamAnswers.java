package io.culvert.operator.etcd;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Has the answers of a stream handled by whom its opener names, instead of by a thread of gRPC's that would only hand them on: on an
 * idle machine each thread that has to wake takes longer than everything that is done with an event.
 */
final class StreamAnswers implements ClientInterceptor {

    private static final Context.Key<Executor> EXECUTOR = Context.key("culvert-stream-answers");

    /** Opens streams with {@code open}, which must do so on this thread; all their answers go to {@code executor}, one after the other. */
    static <T> T handledBy(Executor executor, Supplier<T> open) {
        Context named = Context.current().withValue(EXECUTOR, executor);
        Context before = named.attach();
        try {
            return open.get();
        } finally {
            named.detach(before);
        }
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        Executor executor = method.getType() == MethodType.UNARY ? null : EXECUTOR.get();
        return next.newCall(method, executor == null ? options : options.withExecutor(executor));
    }
}
