package io.culvert.lab;

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

    /** True if one of three requests was answered within a second. */
    static boolean reaches(String namespace, String address) {
        return Command.attempt(Lab.in(namespace, "ping", "-q", "-c", "3", "-i", "0.05", "-W", "1", address))
                        .status()
                == 0;
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
