package io.culvert.operator.snapshot;

import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Written;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A process that writes keys on request, for a network namespace of its own. Arguments: the endpoint. Each line of
 * standard input, {@code create PREFIX COUNT}, has so many keys created at the same time, and with {@code update} or
 * {@code delete} those that it created before. Lines do not wait for one another. Each key answers with a line,
 * {@code done create KEY}, or {@code failed create KEY} and why.
 */
public final class WritesOnDemand {

    /** What is created holds its key. */
    private static final byte[] UPDATED = "updated".getBytes(StandardCharsets.UTF_8);

    private final EtcdConnection etcd;
    private final Map<String, Long> revisions = new ConcurrentHashMap<>();

    private WritesOnDemand(EtcdConnection etcd) {
        this.etcd = etcd;
    }

    public static void main(String[] arguments) throws IOException {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(arguments[0]));
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            WritesOnDemand writes = new WritesOnDemand(etcd);
            in.lines().forEach(line -> writes.begin(line.split(" ")));
        }
    }

    private void begin(String[] words) {
        for (int i = 0; i < Integer.parseInt(words[2]); i++) {
            String key = words[1] + i;
            new Thread(() -> print(answer(words[0], key))).start();
        }
    }

    private String answer(String action, String key) {
        try {
            Written written = write(action, key);
            if (written instanceof Written.Done done) {
                revisions.put(key, done.revision());
                return "done " + action + " " + key;
            }
            return "failed " + action + " " + key + ": it is not as it was";
        } catch (DatastoreException failure) {
            return "failed " + action + " " + key + ": " + failure.kind();
        }
    }

    private Written write(String action, String key) {
        return switch (action) {
            case "create" -> etcd.create(key, key.getBytes(StandardCharsets.UTF_8));
            case "update" -> etcd.replace(key, UPDATED, revisions.get(key));
            case "delete" -> etcd.delete(key, revisions.get(key));
            default -> throw new IllegalArgumentException(action);
        };
    }

    private static synchronized void print(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
