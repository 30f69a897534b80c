package io.culvert.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Echo requests from one of the lab's namespaces, every 10 ms until closed. */
final class Ping implements AutoCloseable {

    private static final Pattern ANSWER = Pattern.compile("bytes from .* icmp_seq=(\\d+)");

    private final String pair;
    private final Follow ping;

    private Ping(String pair, Follow ping) {
        this.pair = pair;
        this.ping = ping;
    }

    /** Starts, and returns when the first answers are in. */
    static Ping every10Millis(String namespace, String address) {
        Ping ping =
                new Ping(namespace + " to " + address, Follow.start(Lab.in(namespace, "ping", "-i", "0.01", address)));
        ping.awaitAnswers(20);
        return ping;
    }

    /** True if one of three requests is answered, however late on a busy machine. */
    static boolean reaches(String namespace, String address) {
        return isAnswered(threeRequests(namespace, address));
    }

    /** True if none of three requests is answered within a second. */
    static boolean getsNoAnswer(String namespace, String address) {
        return !isAnswered(requests(namespace, address, Duration.ofSeconds(1)));
    }

    /** Sends three requests, without waiting for the answers. */
    static Process threeRequests(String namespace, String address) {
        return requests(namespace, address, Duration.ofSeconds(10));
    }

    /** Waits for the answers to {@link #threeRequests}. */
    static boolean isAnswered(Process threeRequests) {
        return Command.end(threeRequests, "ping") == 0;
    }

    private static Process requests(String namespace, String address, Duration limit) {
        String[] words = Lab.in(
                namespace, "ping", "-q", "-c", "3", "-i", "0.05", "-W", Long.toString(limit.toSeconds()), address);
        try {
            return new ProcessBuilder(words)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", words), e);
        }
    }

    /** Waits for that many more answers. */
    void awaitAnswers(int more) {
        long wanted = answered().size() + more;
        Eventually.holds(
                "too few answers for the ping of " + pair, () -> answered().size() >= wanted);
    }

    /** Requests without an answer, of those before the last answered one: what was under way at the end is not lost. */
    int lost() {
        List<Integer> answered = answered();
        int last = answered.stream().mapToInt(Integer::intValue).max().orElse(0);
        return last - (int) answered.stream().distinct().count();
    }

    int sent() {
        return answered().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    private List<Integer> answered() {
        return ping.lines().stream()
                .map(ANSWER::matcher)
                .filter(Matcher::find)
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();
    }

    @Override
    public String toString() {
        return pair;
    }

    @Override
    public void close() {
        ping.close();
    }
}
