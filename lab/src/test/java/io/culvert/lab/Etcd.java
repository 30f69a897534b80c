package io.culvert.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The lab's etcd, by way of etcdctl. */
final class Etcd {

    static final String ENDPOINT = "http://10.0.3.10:2379";

    /** Starts it and waits until it answers. */
    void start() {
        process("start");
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

    /** Takes away all that the stopped etcd holds. */
    void loseData() {
        process("lose");
    }

    /** Gives the stopped etcd what it held at the last backup. */
    void restoreData() {
        process("restore");
    }

    private static void process(String act) {
        Command.run("lab-net", "etcd", act);
    }

    /** Has what it and the nodes send one another vanish, without a word to either. */
    void silence() {
        Command.run("lab-net", "silence", "on");
    }

    void endSilence() {
        Command.run("lab-net", "silence", "off");
    }

    /** Stores a value; the revision that made. */
    long put(String key, String value) {
        return revision(Json.parse(etcdctl("put", "-w", "json", "--", key, value)));
    }

    /** Stores and deletes in one transaction; the revision that made. */
    long change(Map<String, String> puts, List<String> deletes) {
        StringBuilder words = new StringBuilder("\n");
        puts.forEach((key, value) -> words.append("put %s %s%n".formatted(key, quoted(value))));
        deletes.forEach(key -> words.append("del %s%n".formatted(key)));
        Command done =
                Command.attempt(Map.of(), words + "\n\n", "etcdctl", "--endpoints=" + ENDPOINT, "-w", "json", "txn");
        if (done.status() != 0) {
            throw new AssertionError(done.toString());
        }
        return revision(Json.parse(done.out()));
    }

    private static String quoted(String value) {
        return '"' + value.replace("\"", "\\\"") + '"';
    }

    /** Deletes what begins with the prefix; the revision after that. */
    long deleteAll(String prefix) {
        return revision(Json.parse(etcdctl("del", "-w", "json", "--prefix", prefix)));
    }

    /** The value, or an empty text. */
    String get(String key) {
        return etcdctl("get", "--print-value-only", key).strip();
    }

    /** Keys that begin with the prefix, with their values. */
    Map<String, String> all(String prefix) {
        Map<String, String> all = new TreeMap<>();
        for (JsonNode entry :
                Json.parse(etcdctl("get", "-w", "json", "--prefix", prefix)).path("kvs")) {
            all.put(text(entry.path("key")), text(entry.path("value")));
        }
        return all;
    }

    private static String text(JsonNode base64) {
        return new String(Base64.getDecoder().decode(base64.asText()), StandardCharsets.UTF_8);
    }

    List<String> keys(String prefix) {
        return etcdctl("get", "--prefix", "--keys-only", prefix)
                .lines()
                .filter(line -> !line.isEmpty())
                .toList();
    }

    /** Forgets what was before the revision that it is at. */
    void compact() {
        etcdctl("compact", Long.toString(revision(Json.parse(etcdctl("get", "-w", "json", "/")))));
    }

    /** How many leases there are. */
    int leases() {
        return (int) etcdctl("lease", "list")
                .lines()
                .filter(line -> line.matches("[0-9a-f]+"))
                .count();
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
        return answer.path("header").path("revision").asLong();
    }

    private static String etcdctl(String... arguments) {
        String[] words = new String[arguments.length + 2];
        words[0] = "etcdctl";
        words[1] = "--endpoints=" + ENDPOINT;
        System.arraycopy(arguments, 0, words, 2, arguments.length);
        return Command.run(words);
    }
}
