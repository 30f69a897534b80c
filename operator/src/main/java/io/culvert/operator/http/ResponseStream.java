package io.culvert.operator.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The body of a response, written from a worker thread. It blocks while the client has not taken what came before, so that two
 * chunks are the most that an answer of any length takes up.
 */
final class ResponseStream extends OutputStream {

    private static final int CHUNK_BYTES = 32 * 1024;

    private final HttpServerResponse response;
    private final long deadlineNanos;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private int size;
    private Future<Void> sent = Future.succeededFuture();

    /** @param limit how long the client has to take the whole */
    ResponseStream(HttpServerResponse response, Duration limit) {
        this.response = response;
        this.deadlineNanos = System.nanoTime() + limit.toNanos();
    }

    @Override
    public void write(int one) throws IOException {
        if (size == CHUNK_BYTES) {
            send();
        }
        chunk[size++] = (byte) one;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        int done = 0;
        while (done < count) {
            if (size == CHUNK_BYTES) {
                send();
            }
            int some = Math.min(count - done, CHUNK_BYTES - size);
            System.arraycopy(bytes, from + done, chunk, size, some);
            size += some;
            done += some;
        }
    }

    private void send() throws IOException {
        awaitSent();
        sent = response.write(Buffer.buffer(size).appendBytes(chunk, 0, size));
        size = 0;
    }

    private void awaitSent() throws IOException {
        try {
            sent.toCompletionStage()
                    .toCompletableFuture()
                    .get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the client is gone or too slow", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the agent ends", e);
        }
    }

    /** Sends what is left and ends the response. */
    void end() throws IOException {
        send();
        sent = response.end();
        awaitSent();
    }
}
