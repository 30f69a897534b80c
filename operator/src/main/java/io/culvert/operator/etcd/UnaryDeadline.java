package io.culvert.operator.etcd;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Gives requests with one answer a deadline, after which gRPC cancels them for good; a future that merely timed out would
 * leave a queued write behind, to be executed when etcd is back. Streams, which watches and leases are, get none.
 */
final class UnaryDeadline implements ClientInterceptor {

    private final Duration deadline;

    UnaryDeadline(Duration deadline) {
        this.deadline = deadline;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        boolean unary = method.getType() == MethodType.UNARY;
        return next.newCall(
                method, unary ? options.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS) : options);
    }
}
