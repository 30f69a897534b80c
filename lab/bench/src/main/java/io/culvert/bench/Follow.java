package io.culvert.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * How long what is put into etcd takes to arrive: {@code Follow ENDPOINT BLOCKS PEERS WHAT TIMES WHERE}. WHERE is {@code etcd}, for
 * a bare watcher, or the program of native/bench, for the kernel, whose routes an agent sees to. WHAT is
 *
 * <ul>
 *   <li>{@code block}: one new block after the other;
 *   <li>{@code peer}: the address of a peer, to and fro;
 *   <li>{@code burst}: 50,000 new blocks at once.
 * </ul>
 */
final class Follow {

    private static final int BURST = 50_000;

    private final Datastore datastore;
    private final Documents documents;
    private final Ear ear;
    private final boolean kernel;
    private final Random random = new Random(1);

    private Follow(Datastore datastore, Documents documents, Ear ear, boolean kernel) {
        this.datastore = datastore;
        this.documents = documents;
        this.ear = ear;
        this.kernel = kernel;
    }

    public static void main(String[] args) throws Exception {
        Documents documents = new Documents(new Fleet(Integer.parseInt(args[1]), Integer.parseInt(args[2])));
        boolean kernel = !args[5].equals("etcd");
        String watched = args[3].equals("peer") ? Documents.RESOURCES : Documents.BLOCKS;
        try (Datastore datastore = new Datastore(args[0]);
                Ear ear = kernel ? Ear.kernel(args[5]) : Ear.watch(datastore, watched)) {
            Follow follow = new Follow(datastore, documents, ear, kernel);
            int times = Integer.parseInt(args[4]);
            switch (args[3]) {
                case "block" -> follow.blocks(times);
                case "peer" -> follow.peer(times);
                case "burst" -> follow.bursts(times);
                default -> throw new IllegalArgumentException(args[3]);
            }
            System.out.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    private void blocks(int times) throws Exception {
        List<String> made = new ArrayList<>();
        warmUp();
        for (int time = 0; time < times; time++) {
            int block = documents.fleet().blocks() + time;
            pause();
            long start = System.nanoTime();
            datastore.put(documents.blockKey(block), documents.block(block));
            made.add(documents.blockKey(block));
            Bench.sample("follow", ear.last(1, true) - start);
        }
        ear.forget();
        datastore.deleteAll(made);
        ear.last(times, false);
    }

    /** The first calls of a JVM are slow, and are not what is measured. */
    private void warmUp() throws Exception {
        for (int time = 0; time < 200; time++) {
            datastore.put("/bench/warm-up", "");
        }
    }

    /** Long enough for an agent to have finished with the change before; never in step with anything. */
    private void pause() throws InterruptedException {
        Thread.sleep(100 + random.nextInt(100));
        ear.forget();
    }

    private void peer(int times) throws Exception {
        int routes = kernel ? documents.fleet().blocks() / documents.fleet().peers() : 1;
        warmUp();
        for (int time = 0; time < times; time++) {
            pause();
            String address = time % 2 == 0 ? "10.2.0.1/8" : "10.1.0.0/8";
            long start = System.nanoTime();
            datastore.put(documents.node(0), documents.node(0, address));
            Bench.sample("follow", ear.last(routes, true) - start);
        }
    }

    private void bursts(int times) throws Exception {
        int first = documents.fleet().blocks();
        Map<String, String> burst = documents.blocks(first, first + BURST);
        for (int time = 0; time < times; time++) {
            ear.forget();
            long start = System.nanoTime();
            datastore.put(burst);
            Bench.sample("acknowledged", System.nanoTime() - start);
            Bench.sample("follow", ear.last(BURST, true) - start);
            ear.forget();
            datastore.deleteAll(burst.keySet());
            ear.last(BURST, false);
        }
    }
}
