package io.culvert.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** The lab's etcd, by way of etcdctl. */
final class Etcd {

    static final String ENDPOINT = "http://10.0.3.10:2379";

    /** Stores a value; the revision that made. */
    long put(String key, String value) {
        return revision(Json.parse(etcdctl("put", "-w", "json", "--", key, value)));
    }

    /** Deletes what begins with the prefix; the revision after that. */
    long deleteAll(String prefix) {
        return revision(Json.parse(etcdctl("del", "-w", "json", "--prefix", prefix)));
    }

    /** The value, or an empty text. */
    String get(String key) {
        return etcdctl("get", "--print-value-only", key).strip();
    }

    /** Keys and values with the prefix, as one text. */
    String all(String prefix) {
        return etcdctl("get", "--prefix", prefix);
    }

    List<String> keys(String prefix) {
        return etcdctl("get", "--prefix", "--keys-only", prefix)
                .lines()
                .filter(line -> !line.isEmpty())
                .toList();
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
