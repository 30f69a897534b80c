package io.culvert.operator.cli.status;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.resource.ResourceList;
import io.culvert.operator.status.StatusReader.Statuses;
import java.util.ArrayList;
import java.util.List;

/**
 * What etcd holds about the overlay, decoded.
 *
 * @param locked whether the datastore is
 * @param unreadable one line for each value that is no document
 */
record ClusterContents(
        List<Resource> pools, List<Resource> nodes, Statuses statuses, boolean locked, List<String> unreadable) {

    static ClusterContents of(ResourceList pools, ResourceList nodes, Statuses statuses, boolean locked) {
        List<String> unreadable = new ArrayList<>(pools.malformed());
        unreadable.addAll(nodes.malformed());
        unreadable.addAll(statuses.unreadable());
        return new ClusterContents(
                decoded(Kind.IP_POOL, pools), decoded(Kind.NODE, nodes), statuses, locked, unreadable);
    }

    private static List<Resource> decoded(Kind kind, ResourceList list) {
        return list.documents().stream()
                .map(document -> Resource.of(kind, document))
                .toList();
    }
}
