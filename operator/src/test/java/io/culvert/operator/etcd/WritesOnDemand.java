package io.culvert.operator.etcd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * A process that creates keys when it is told to, for a network namespace of its own. Arguments: the endpoint. Each line of
 * standard input, {@code PREFIX COUNT}, has so many keys created at the same time; each answers with a line, {@code created KEY}
 * or {@code failed KEY} and why.
 */
public final class WritesOnDemand {

    private WritesOnDemand() {}

    public static void main(String[] arguments) throws IOException {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(arguments[0]));
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ");
                CompletableFuture.allOf(IntStream.range(0, Integer.parseInt(words[1]))
                                .mapToObj(i -> answer(etcd, words[0] + i))
                                .toArray(CompletableFuture<?>[]::new))
                        .join();
            }
        }
    }

    private static CompletableFuture<Void> answer(EtcdConnection etcd, String key) {
        return CompletableFuture.supplyAsync(() -> create(etcd, key), work -> new Thread(work).start())
                .thenAccept(WritesOnDemand::tell);
    }

    private static String create(EtcdConnection etcd, String key) {
        try {
            return etcd.create(key, new byte[0]).done() ? "created " + key : "failed " + key + ": it is there";
        } catch (DatastoreException failure) {
            return "failed " + key + ": " + failure.kind();
        }
    }

    private static synchronized void tell(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
