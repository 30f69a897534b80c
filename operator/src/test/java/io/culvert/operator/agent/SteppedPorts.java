package io.culvert.operator.agent;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/** The ports as they are, but that each step is told of before it is taken; a step is at most {@value #MOST} changes. */
final class SteppedPorts implements Kernel, PacketFilter, Sysctls {

    private static final int MOST = 32;

    private final Kernel kernel;
    private final PacketFilter filter;
    private final Sysctls sysctls;
    private final Random sizes;
    private final Runnable step;

    SteppedPorts(Kernel kernel, PacketFilter filter, Sysctls sysctls, Random sizes, Runnable step) {
        this.kernel = kernel;
        this.filter = filter;
        this.sysctls = sysctls;
        this.sizes = sizes;
        this.step = step;
    }

    @Override
    public LinkState observeLinks() {
        step.run();
        return kernel.observeLinks();
    }

    @Override
    public FibState observeFib() {
        step.run();
        return kernel.observeFib();
    }

    @Override
    public List<Outcome> apply(List<Change> changes) {
        List<Outcome> outcomes = new ArrayList<>(changes.size());
        for (int start = 0; start < changes.size(); ) {
            int end = Math.min(changes.size(), start + 1 + sizes.nextInt(MOST));
            step.run();
            outcomes.addAll(kernel.apply(changes.subList(start, end)));
            start = end;
        }
        return outcomes;
    }

    @Override
    public int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
        step.run();
        return kernel.forgetFlows(sources, kept);
    }

    @Override
    public FilterState observe() {
        step.run();
        return filter.observe();
    }

    @Override
    public Outcome apply(Change change) {
        step.run();
        return filter.apply(change);
    }

    @Override
    public OptionalInt read(String name) {
        return sysctls.read(name);
    }

    @Override
    public Outcome apply(Change.SetSysctl change) {
        step.run();
        return sysctls.apply(change);
    }
}
