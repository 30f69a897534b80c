package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Numbers for the ways to peers, given in the order in which routes come to need them and never taken back. Not for more than one
 * thread.
 */
final class NextHopIndex {

    private static final int UNNUMBERED = -1;

    private final Map<Via, Integer> numbers;
    private final List<Via> vias;
    private final int[] tunnels;
    private final int[] directs;
    private List<Via> listed = List.of();

    private NextHopIndex(Map<Via, Integer> numbers, List<Via> vias, Cluster cluster) {
        this.numbers = numbers;
        this.vias = vias;
        this.tunnels = unnumbered(cluster.numbers());
        this.directs = unnumbered(cluster.numbers());
    }

    static NextHopIndex of(Cluster cluster) {
        return new NextHopIndex(new HashMap<>(), new ArrayList<>(), cluster);
    }

    /** The same numbers for the same ways, whatever has become of the peers. These are not to be used any more. */
    NextHopIndex in(Cluster cluster) {
        return new NextHopIndex(numbers, vias, cluster);
    }

    private static int[] unnumbered(int peers) {
        int[] none = new int[peers];
        Arrays.fill(none, UNNUMBERED);
        return none;
    }

    int numberOf(Via via, Holding.Peer peer) {
        int[] known = via.encapsulation() == Encapsulation.IPIP ? tunnels : directs;
        if (known[peer.number()] == UNNUMBERED) {
            known[peer.number()] = numbers.computeIfAbsent(via, added -> {
                vias.add(added);
                return vias.size() - 1;
            });
        }
        return known[peer.number()];
    }

    int count() {
        return vias.size();
    }

    /** All by their numbers, as they are now. */
    List<Via> list() {
        if (listed.size() != vias.size()) {
            listed = List.copyOf(vias);
        }
        return listed;
    }
}
