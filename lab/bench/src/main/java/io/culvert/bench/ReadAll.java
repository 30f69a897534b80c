package io.culvert.bench;

/** Reads what an agent reads, and does nothing with it: {@code ReadAll ENDPOINT}. Prints the bytes. */
final class ReadAll {

    private ReadAll() {}

    public static void main(String[] args) throws Exception {
        try (Datastore datastore = new Datastore(args[0])) {
            long seen = datastore.read(Documents.RESOURCES)
                    + datastore.read(Documents.BLOCKS)
                    + datastore.read(Documents.HOSTS);
            System.out.println(seen);
            System.out.flush();
        }
        // As Culvert's own commands do: gRPC's threads would keep the process for a second.
        Runtime.getRuntime().halt(0);
    }
}
