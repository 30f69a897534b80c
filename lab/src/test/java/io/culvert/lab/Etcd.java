package io.culvert.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The lab's etcd. Keys go over its HTTP gateway: an etcdctl takes a third of a second to start in User-Mode Linux. */
final class Etcd {

    static final String ENDPOINT = "http://10.0.3.10:2379";

    /** Of the three members that there are after {@link #grow}. */
    static final String ENDPOINTS = ENDPOINT + ",http://10.0.3.10:2381,http://10.0.3.10:2383";

    static final String USER = "root";
    static final String PASSWORD = "secret";

    /** Who asks, as etcdctl takes it. */
    private Map<String, String> environment = Map.of();

    /** Starts it, with further flags, and waits until it answers. */
    void start(String... flags) {
        process(Stream.concat(Stream.of("start"), Stream.of(flags)).toArray(String[]::new));
    }

    /** SIGTERM. */
    void stop() {
        process("stop");
    }

    /** SIGKILL. */
    void kill() {
        process("kill");
    }

    /** Backs up what it holds. */
    void save() {
        process("save");
    }

    /** Removes the directory with all that it holds, whether it runs or not. */
    void loseData() {
        process("lose");
    }

    /** Gives the stopped etcd what it held at the last backup. */
    void restoreData() {
        process("restore");
    }

    /** Makes it one of three members; another one leads. */
    void grow() {
        process("grow");
    }

    /** Makes it the only member again, with what all three hold. */
    void shrink() {
        process("shrink");
    }

    /** Sends a signal to the member that leads since {@link #grow}. */
    void signalLeader(String name) {
        process("leader", name);
    }

    /** Has each of its writes to the disk take that much longer, if it was started with {@code --unsafe-no-fsync=false}. */
    void slowDisk(Duration delay) {
        process("slow", Long.toString(TimeUnit.NANOSECONDS.toMicros(delay.toNanos())));
    }

    void endSlowDisk() {
        process("slow");
    }

    /** Lets in nobody but its root user any more; watches that are open stay. */
    void enableAuthentication() {
        etcdctl("user", "add", USER + ":" + PASSWORD);
        etcdctl("user", "grant-role", USER, "root");
        etcdctl("auth", "enable");
        environment = Map.of("ETCDCTL_USER", USER + ":" + PASSWORD);
    }

    /** Lets everybody in again. */
    void disableAuthentication() {
        etcdctl("auth", "disable");
        environment = Map.of();
        etcdctl("user", "delete", USER);
    }

    boolean isAuthenticating() {
        return !environment.isEmpty();
    }

    private void process(String... words) {
        Command.run(
                environment,
                Stream.concat(Stream.of("lab-net", "etcd"), Stream.of(words)).toArray(String[]::new));
    }

    /** Has what it and the nodes send one another vanish, without a word to either. */
    void silence() {
        Command.run("lab-net", "silence", "on");
    }

    /** Has what the nodes send to it vanish: what they watch they still hear, and what they ask gets no answer. */
    void silenceRequests() {
        Command.run("lab-net", "silence", "requests");
    }

    void endSilence() {
        Command.run("lab-net", "silence", "off");
    }

    static boolean isHealthy() {
        try {
            return Http.get(ENDPOINT + "/health").body().contains("true");
        } catch (UncheckedIOException notYet) {
            return false;
        }
    }

    String log() {
        return Command.run("cat", "/run/lab/etcd.log");
    }

    /** Stores a value; the revision that made. */
    long put(String key, String value) {
        return revision(ask("kv/put", Map.of("key", base64(key), "value", base64(value))));
    }

    /** The same by etcdctl, as an operator types it. */
    long putByEtcdctl(String key, String value) {
        return revision(Json.parse(etcdctl("put", "-w", "json", "--", key, value)));
    }

    /** Stores and deletes in one transaction; the revision that made. */
    long change(Map<String, String> puts, List<String> deletes) {
        List<Object> operations = new ArrayList<>();
        puts.forEach((key, value) ->
                operations.add(Map.of("requestPut", Map.of("key", base64(key), "value", base64(value)))));
        deletes.forEach(key -> operations.add(Map.of("requestDeleteRange", Map.of("key", base64(key)))));
        return revision(ask("kv/txn", Map.of("success", operations)));
    }

    /** Deletes what begins with the prefix; the revision after that. */
    long deleteAll(String prefix) {
        return revision(ask("kv/deleterange", beginningWith(prefix)));
    }

    /** The value, or an empty text. */
    String get(String key) {
        return text(ask("kv/range", Map.of("key", base64(key))).at("/kvs/0/value"));
    }

    /** Keys that begin with the prefix, with their values. */
    Map<String, String> all(String prefix) {
        Map<String, String> all = new TreeMap<>();
        for (JsonNode entry : ask("kv/range", beginningWith(prefix)).path("kvs")) {
            all.put(text(entry.path("key")), text(entry.path("value")));
        }
        return all;
    }

    List<String> keys(String prefix) {
        Map<String, Object> request = new HashMap<>(beginningWith(prefix));
        request.put("keys_only", true);
        List<String> keys = new ArrayList<>();
        ask("kv/range", request).path("kvs").forEach(entry -> keys.add(text(entry.path("key"))));
        return keys;
    }

    /** Forgets what was before the revision that it is at. */
    void compact() {
        long revision = revision(ask("kv/range", Map.of("key", base64("/"))));
        ask("kv/compaction", Map.of("revision", revision));
    }

    /** How many leases there are. */
    int leases() {
        return ask("lease/leases", Map.of()).path("leases").size();
    }

    private JsonNode ask(String method, Map<String, ?> request) {
        Optional<String> token = isAuthenticating()
                ? Optional.of(Http.post(
                                ENDPOINT + "/v3/auth/authenticate",
                                Json.text(Map.of("name", USER, "password", PASSWORD)),
                                Optional.empty())
                        .json()
                        .path("token")
                        .asText())
                : Optional.empty();
        return Http.post(ENDPOINT + "/v3/" + method, Json.text(request), token).json();
    }

    /** The last byte of the first key after all that begin with the prefix is one more than the prefix's. */
    private static Map<String, String> beginningWith(String prefix) {
        int last = prefix.length() - 1;
        String end = prefix.substring(0, last) + (char) (prefix.charAt(last) + 1);
        return Map.of("key", base64(prefix), "range_end", base64(end));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(JsonNode base64) {
        return new String(Base64.getDecoder().decode(base64.asText()), StandardCharsets.UTF_8);
    }

    /** Who is connected to it, as ss(8) tells. */
    String connections() {
        return Command.run(Lab.in("etcd", "ss", "-Htno", "state", "connected", "sport", "=", ":2379"));
    }

    /** One of its own metrics. */
    double metric(String name) {
        return Http.get(ENDPOINT + "/metrics").metric(name);
    }

    private static long revision(JsonNode answer) {
        return answer.at("/header/revision").asLong();
    }

    private String etcdctl(String... arguments) {
        String[] words = new String[arguments.length + 2];
        words[0] = "etcdctl";
        words[1] = "--endpoints=" + ENDPOINT;
        System.arraycopy(arguments, 0, words, 2, arguments.length);
        return Command.run(environment, words);
    }
}
