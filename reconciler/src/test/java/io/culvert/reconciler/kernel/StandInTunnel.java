package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The kernel, in which a bridge stands for our ipip device, which not every kernel can make: for its routes, next hops and address it is
 * a device like any other.
 */
public record StandInTunnel(Kernel kernel, String device, Address local) implements Kernel {

    @Override
    public LinkState observeLinks() {
        return new LinkState(
                kernel.observeLinks().links().stream().map(this::disguised).toList());
    }

    private Link disguised(Link link) {
        if (!link.name().equals(device)) {
            return link;
        }
        Link.Ipip ipip = Link.Ipip.ours(local);
        return new Link(link.index(), device, "ipip", link.up(), link.mtu(), Optional.of(ipip), link.addresses());
    }

    @Override
    public FibState observeFib() {
        return kernel.observeFib();
    }

    @Override
    public List<Outcome> apply(List<Change> changes) {
        if (changes.stream().noneMatch(Change.CreateTunnel.class::isInstance)) {
            return kernel.apply(changes);
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (Change change : changes) {
            outcomes.addAll(
                    change instanceof Change.CreateTunnel create
                            ? List.of(create(create))
                            : kernel.apply(List.of(change)));
        }
        return outcomes;
    }

    @Override
    public int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
        return kernel.forgetFlows(sources, kept);
    }

    private static Outcome create(Change.CreateTunnel create) {
        try {
            // It ends with the process that asks for it: nothing is made in the name of a dead one.
            int status = new ProcessBuilder(
                            "setpriv",
                            "--pdeathsig",
                            "KILL",
                            "ip",
                            "link",
                            "add",
                            create.name(),
                            "mtu",
                            Integer.toString(create.mtu()),
                            "type",
                            "bridge")
                    .inheritIO()
                    .start()
                    .waitFor();
            return new Outcome(create, status == 0 ? 0 : Errno.EEXIST, "");
        } catch (IOException e) {
            throw new KernelException("ip cannot be run", e);
        } catch (InterruptedException e) {
            throw new KernelException("interrupted while ip ran", e);
        }
    }
}
