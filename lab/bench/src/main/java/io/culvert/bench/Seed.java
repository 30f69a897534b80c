package io.culvert.bench;

/** Fills an etcd: {@code Seed ENDPOINT BLOCKS PEERS SPARE}; SPARE blocks more are claimed and do not exist yet. */
final class Seed {

    private Seed() {}

    public static void main(String[] args) throws Exception {
        int blocks = Integer.parseInt(args[1]);
        Documents documents = new Documents(new Fleet(blocks, Integer.parseInt(args[2])));
        try (Datastore datastore = new Datastore(args[0])) {
            datastore.put(documents.allButBlocks(blocks + Integer.parseInt(args[3])));
            for (int from = 0; from < blocks; from += 10_000) {
                datastore.put(documents.blocks(from, Math.min(blocks, from + 10_000)));
            }
        }
    }
}
