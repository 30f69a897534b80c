package io.culvert.operator.cli.explain;

import io.culvert.operator.ipam.Allocation;
import io.culvert.operator.node.KernelView;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resolve.Explanation;
import io.culvert.reconciler.resource.Node;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A question about an address, with everything that was looked up to answer it.
 *
 * @param allocation what IPAM has noted about the address; empty if it is free or in no block
 * @param rejected what is in etcd about the address and not in force, each with the reason
 * @param configuredMtu of the sending node's tunnel device in bytes, where a FelixConfiguration says it
 * @param kernel this host's, if it is the sending node's
 * @param kernelAbsent why there is none, else empty
 */
record AddressQuestion(
        Explanation explanation,
        Optional<Allocation> allocation,
        List<String> rejected,
        OptionalInt configuredMtu,
        Optional<KernelView> kernel,
        String kernelAbsent) {

    AddressQuestion {
        rejected = List.copyOf(rejected);
    }

    /** The address as it was asked for. */
    String asked() {
        return text(explanation.asked());
    }

    String from() {
        return explanation.from().name();
    }

    /** Whether that is the sending node. */
    boolean isSender(Optional<Node> node) {
        return node.isPresent() && node.get().name().equals(from());
    }

    /** The device to a peer that is reached without a tunnel. */
    Optional<String> underlayDevice() {
        return kernel.flatMap(view -> view.observation()
                        .links()
                        .carrying(explanation.from().address().address()))
                .map(link -> link.name());
    }

    static String text(Prefix prefix) {
        return prefix.length() == 32 ? prefix.network().toString() : prefix.toString();
    }
}
