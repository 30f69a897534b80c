package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.FakeKernel.Route;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Sysctls;

/** A node's kernel, and what anybody but Culvert can do to it. What is asked for is possible at that moment. */
public interface Host extends AutoCloseable {

    Kernel kernel();

    PacketFilter filter();

    Sysctls sysctls();

    /** Adds or replaces. */
    void putRoute(Route route);

    void deleteRoute(Route route);

    /** Adds or replaces. */
    void putNextHop(NextHop nextHop);

    void deleteNextHop(int id);

    /** Adds a device that is up. */
    void addLink(Link link);

    /** Gives it another name, state, MTU or other addresses. */
    void changeLink(Link before, Link after);

    void deleteLink(Link link);

    void setSysctl(String name, int value);

    void setFilter(FilterState state);

    @Override
    void close();
}
