package io.culvert.bench;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Address;
import java.util.List;
import java.util.Optional;

/** The kernel, in which a device of another kind passes for our ipip device: what routes through it cost is the same. */
record StandInTunnel(Kernel kernel, String device, Address local) implements Kernel {

    @Override
    public LinkState observeLinks() {
        return new LinkState(
                kernel.observeLinks().links().stream().map(this::disguised).toList());
    }

    private Link disguised(Link link) {
        if (!link.name().equals(device)) {
            return link;
        }
        Link.Ipip ipip = new Link.Ipip(local, new Address(0), true);
        return new Link(link.index(), device, "ipip", link.up(), link.mtu(), Optional.of(ipip), link.addresses());
    }

    @Override
    public FibState observeFib() {
        return kernel.observeFib();
    }

    @Override
    public List<Outcome> apply(List<Change> changes) {
        return kernel.apply(changes);
    }
}
