package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.reconcile.FatalException;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One life of the agent: its mailbox, and its loop around the reconciler, as the operator's is, but with a clock that is passed
 * in.
 */
final class Agent {

    static final long RESYNC_MILLIS = 90_000;

    private static final long AFTER_FAILURE_MILLIS = 1000;

    private final Reconciler reconciler;
    private boolean mail;
    private boolean resyncAsked;
    private @Nullable Snapshot snapshot;
    private boolean newSnapshot;
    private Optional<Address> assigned = Optional.empty();
    private boolean newAssignment;
    private Announced events = Announced.NOTHING;
    private Announced pending = Announced.NOTHING;
    private boolean first = true;
    private boolean alive = true;
    private long resyncAtMillis;
    private long retryAtMillis = Long.MAX_VALUE;
    private @Nullable Report last;

    Agent(Reconciler reconciler, long nowMillis) {
        this.reconciler = reconciler;
        this.resyncAtMillis = nowMillis + RESYNC_MILLIS;
    }

    void put(Snapshot newest) {
        snapshot = newest;
        newSnapshot = true;
        mail = true;
    }

    void put(Announced announced) {
        events = events.and(announced);
        mail |= !announced.isNothing();
    }

    void putAssigned(Optional<Address> address) {
        assigned = address;
        newAssignment = true;
        mail = true;
    }

    /** Whether a snapshot waits for etcd to be read a second time. */
    boolean awaitsConfirmation() {
        return last != null && last.awaitsConfirmation();
    }

    /** Etcd was read a second time, and says the same. */
    void confirm(long revision) {
        reconciler.confirm(revision);
        newSnapshot = true;
        mail = true;
    }

    void askForResync() {
        resyncAsked = true;
        mail = true;
    }

    /** The address that IPAM gave and that the Node does not name yet. */
    Optional<Address> assigned() {
        return assigned;
    }

    @Nullable
    Snapshot snapshot() {
        return snapshot;
    }

    boolean alive() {
        return alive;
    }

    /** How the last cycle ended, if it ended well. */
    @Nullable
    Report last() {
        return last;
    }

    /** When a cycle runs though nothing arrives. */
    long dueMillis() {
        return Math.min(retryAtMillis, resyncAtMillis);
    }

    /** Whether the agent has nothing to do and waits for nothing but the next resync. */
    boolean rests() {
        return alive && !mail && last != null && !awaitsConfirmation() && retryAtMillis == Long.MAX_VALUE;
    }

    boolean due(long nowMillis) {
        return alive && snapshot != null && (mail || nowMillis >= dueMillis());
    }

    /** The kind of cycle that would run now. */
    Trigger trigger(long nowMillis) {
        if (first) {
            return Trigger.START;
        } else if (resyncAsked || nowMillis >= resyncAtMillis) {
            return Trigger.RESYNC;
        } else if (newSnapshot || newAssignment) {
            return Trigger.DATASTORE;
        }
        return events.isNothing() && pending.isNothing() ? Trigger.RETRY : Trigger.KERNEL;
    }

    /** Runs a cycle; it is due. */
    void cycle(long nowMillis) {
        Trigger trigger = trigger(nowMillis);
        if (resyncAsked || nowMillis >= resyncAtMillis) {
            resyncAtMillis = nowMillis + RESYNC_MILLIS;
        }
        if (newAssignment) {
            reconciler.assignTunnelAddress(assigned);
        }
        Snapshot current = Objects.requireNonNull(snapshot);
        mail = false;
        pending = pending.and(events);
        events = Announced.NOTHING;
        resyncAsked = false;
        newSnapshot = false;
        newAssignment = false;
        last = null;
        // Once the Node names an address, what IPAM gave before is past.
        boolean named = Optional.ofNullable(current.nodes().get(Model.NODE))
                .flatMap(Node::tunnelAddress)
                .isPresent();
        if (named) {
            assigned = Optional.empty();
        }
        try {
            Report report = reconciler.reconcile(current, trigger, pending.news(), nowMillis);
            first = false;
            pending = Announced.NOTHING;
            retryAtMillis = report.nextDueMillis().orElse(Long.MAX_VALUE);
            last = report;
        } catch (KernelException e) {
            pending = Announced.ANYTHING;
            newAssignment = true;
            retryAtMillis = nowMillis + AFTER_FAILURE_MILLIS;
        } catch (FatalException e) {
            alive = false;
        }
    }
}
