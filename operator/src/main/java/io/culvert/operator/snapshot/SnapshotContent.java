package io.culvert.operator.snapshot;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Snapshot;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What a snapshot is made of, as bytes: keys and values as etcd has them, so that whoever decodes etcd's decodes these. The
 * values of blocks and claims, of which there are many, are written from what was decoded of them; all others are the stored
 * ones. Pure.
 *
 * <p>gzip over, in {@link DataOutputStream}'s spelling: the revision; the number of endpoints, and each; the number of entries,
 * and of each the key, create revision, mod revision, version (0 and 1 where the value is not the stored one) and value. Keys, values
 * and endpoints are a length and so many bytes.
 *
 * @param endpoints of the etcd that it was read from
 * @param snapshot in force: with the last good value of what is rejected
 * @param documents the stored values in force, but for IPAM's
 */
record SnapshotContent(List<String> endpoints, Snapshot snapshot, List<Stored> documents) {

    /** Raise it when the meaning of the bytes changes. */
    static final int VERSION = 1;

    private static final int LONGEST_BYTES = 64 << 20;

    SnapshotContent {
        endpoints = List.copyOf(endpoints);
    }

    /** What was made of bytes, and the endpoints that it had been read from. */
    record Recalled(List<String> endpoints, FullReading reading) {}

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new Fast(bytes))) {
            out.writeLong(snapshot.revision());
            out.writeInt(endpoints.size());
            for (String endpoint : endpoints) {
                write(out, text(endpoint));
            }
            out.writeInt(documents.size()
                    + snapshot.blocks().size()
                    + snapshot.affinities().size());
            for (Stored document : documents) {
                write(out, document);
            }
            for (Block block : snapshot.blocks().values()) {
                write(out, stored(Keys.block(block.cidr()), document(block)));
            }
            for (Affinity affinity : snapshot.affinities()) {
                write(out, stored(Keys.affinity(affinity.node(), affinity.block()), document(affinity)));
            }
        } catch (IOException impossible) {
            throw new IllegalStateException("memory that cannot be written to", impossible);
        }
        return bytes.toByteArray();
    }

    /** Compresses at a third of the usual cost. */
    private static final class Fast extends GZIPOutputStream {
        Fast(OutputStream out) throws IOException {
            super(out, 1 << 16);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    private static Stored stored(String key, ObjectNode document) {
        return new Stored(key, Json.write(document), 0, 0, 1);
    }

    private static ObjectNode document(Affinity affinity) {
        ObjectNode document = Json.object();
        return document.put(
                "state",
                switch (affinity.state()) {
                    case PENDING -> "pending";
                    case CONFIRMED -> "confirmed";
                    case PENDING_DELETION -> "pendingDeletion";
                });
    }

    private static ObjectNode document(Block block) {
        ObjectNode document = Json.object();
        document.put("cidr", block.cidr().toString());
        block.owner().ifPresent(owner -> document.put("affinity", "host:" + owner));
        if (!block.borrowed().isEmpty()) {
            borrowed(document, block.cidr(), block.borrowed());
        }
        return document;
    }

    /** As IPAM has it: for each address an index into the list of holders. */
    private static void borrowed(ObjectNode document, Prefix cidr, Map<Address, String> borrowed) {
        ArrayNode allocations = document.putArray("allocations");
        ArrayNode attributes = document.putArray("attributes");
        for (int ordinal = 0; ordinal < cidr.size(); ordinal++) {
            String holder = borrowed.get(new Address(cidr.bits() + ordinal));
            if (holder == null) {
                allocations.addNull();
            } else {
                allocations.add(attributes.size());
                attributes.addObject().putObject("secondary").put("node", holder);
            }
        }
    }

    private static void write(DataOutputStream out, Stored stored) throws IOException {
        write(out, text(stored.key()));
        out.writeLong(stored.createRevision());
        out.writeLong(stored.modRevision());
        out.writeLong(stored.version());
        write(out, stored.value());
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** @throws IOException if that is not what {@link #encode} wrote */
    static Recalled decode(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(new ByteArrayInputStream(bytes), 1 << 16))) {
            long revision = in.readLong();
            List<String> endpoints = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                endpoints.add(text(read(in)));
            }
            SnapshotAssembler assembler = new SnapshotAssembler();
            for (int left = in.readInt(); left > 0; left--) {
                assembler.put(stored(in));
            }
            if (in.read() >= 0) {
                throw new IOException("something follows the last entry");
            }
            return new Recalled(endpoints, new FullReading(assembler, revision));
        }
    }

    private static Stored stored(DataInputStream in) throws IOException {
        String key = text(read(in));
        long createRevision = in.readLong();
        long modRevision = in.readLong();
        long version = in.readLong();
        return new Stored(key, read(in), createRevision, modRevision, version);
    }

    private static byte[] read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LONGEST_BYTES) {
            throw new IOException("a length of " + length + " bytes");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException("it ends too early");
        }
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
