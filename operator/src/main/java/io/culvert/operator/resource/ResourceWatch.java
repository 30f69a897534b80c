package io.culvert.operator.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.PrefixWatch;
import io.culvert.operator.etcd.Stored;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Follows all resources of one kind, as {@link ResourceStore} shows them. Blocks; one thread. */
public final class ResourceWatch implements PrefixWatch.Listener {

    /** Where the resources go. */
    public interface Listener {

        /** All of them at the beginning; once. */
        void listed(List<ObjectNode> documents);

        /** One was created or modified. */
        void written(ObjectNode document);

        /** One was deleted; how it was last. */
        void deleted(ObjectNode document);

        /** A value that is no JSON object; one line. */
        void malformed(String reason);
    }

    private final Listener listener;
    private final Map<String, ObjectNode> last = new HashMap<>();

    private ResourceWatch(Listener listener) {
        this.listener = listener;
    }

    /**
     * Returns only by an exception; the documents belong to the listener, which must not change them.
     *
     * @param plural as in the key: {@code ippools}
     * @throws DatastoreException if the first list cannot be read
     */
    public static void follow(EtcdConnection etcd, String plural, Listener listener) throws InterruptedException {
        new PrefixWatch(etcd, Keys.resource(plural, ""), new ResourceWatch(listener)).follow();
    }

    @Override
    public void listed(List<Stored> entries) {
        List<ObjectNode> documents = new ArrayList<>();
        for (Stored entry : entries) {
            try {
                documents.add(read(entry));
            } catch (DatastoreException broken) {
                listener.malformed(String.valueOf(broken.getMessage()));
            }
        }
        listener.listed(documents);
    }

    @Override
    public void written(Stored entry) {
        try {
            listener.written(read(entry));
        } catch (DatastoreException broken) {
            listener.malformed(String.valueOf(broken.getMessage()));
        }
    }

    @Override
    public void removed(String key) {
        ObjectNode document = last.remove(key);
        if (document != null) {
            listener.deleted(document);
        }
    }

    private ObjectNode read(Stored entry) {
        ObjectNode document = ResourceStore.document(entry);
        last.put(entry.key(), document);
        return document;
    }
}
