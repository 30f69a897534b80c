package io.culvert.operator.report;

import io.culvert.operator.http.Health;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.snapshot.DatastoreState;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the agent knows of itself at one moment.
 *
 * @param snapshot the last one that a cycle worked from
 * @param report how that cycle ended
 * @param endedAt when
 * @param kernelFailure why kernel state could not be read the last time; empty when it could
 * @param locked whether the datastore is locked, so that what it holds is not followed
 * @param unpublished why the node's own resources in etcd are not as they should be; empty when they are
 * @param contest that another agent has this node's name; empty if none has
 */
public record AgentState(
        DatastoreState datastore,
        Optional<Snapshot> snapshot,
        Optional<Report> report,
        Instant endedAt,
        Optional<String> kernelFailure,
        boolean locked,
        Optional<String> unpublished,
        Optional<String> contest) {

    /** More obstacles than this are counted: one cause may keep every route of a large cluster away. */
    private static final int LISTED = 100;

    /** Before anything is known. */
    public static AgentState starting(Instant now) {
        return new AgentState(
                new DatastoreState(DatastoreState.Phase.CONNECTING, now, ""),
                Optional.empty(),
                Optional.empty(),
                now,
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty());
    }

    public AgentState with(DatastoreState newest) {
        return new AgentState(newest, snapshot, report, endedAt, kernelFailure, locked, unpublished, contest);
    }

    public AgentState with(Snapshot applied, Report newest, Instant now) {
        return new AgentState(
                datastore,
                Optional.of(applied),
                Optional.of(newest),
                now,
                Optional.empty(),
                locked,
                unpublished,
                contest);
    }

    public AgentState with(KernelException failure) {
        return new AgentState(
                datastore,
                snapshot,
                report,
                endedAt,
                Optional.of(String.valueOf(failure.getMessage())),
                locked,
                unpublished,
                contest);
    }

    public AgentState withUnpublished(Optional<String> failure) {
        return new AgentState(datastore, snapshot, report, endedAt, kernelFailure, locked, failure, contest);
    }

    public AgentState withLock(boolean isLocked) {
        return new AgentState(datastore, snapshot, report, endedAt, kernelFailure, isLocked, unpublished, contest);
    }

    public AgentState withContest(Optional<String> other) {
        return new AgentState(datastore, snapshot, report, endedAt, kernelFailure, locked, unpublished, other);
    }

    /**
     * Ready: the first complete cycle has run, the kernel holds what the last snapshot asks for, and no other agent has this
     * node's name.
     */
    public Health ready() {
        if (report.isEmpty()) {
            return new Health(false, "not ready: no complete cycle has run; " + datastoreText());
        }
        if (contest.isPresent()) {
            return new Health(false, "not ready: " + contest.get());
        }
        List<String> lines = new ArrayList<>();
        kernelFailure.ifPresent(failure -> lines.add("cannot read kernel state: " + failure));
        List<Obstacle> obstacles = report.get().obstacles();
        obstacles.stream().limit(LISTED).map(Obstacle::toString).forEach(lines::add);
        if (obstacles.size() > LISTED) {
            lines.add("and " + (obstacles.size() - LISTED) + " more: GET /state lists them as 'failing'");
        }
        if (!lines.isEmpty()) {
            lines.add(
                    0,
                    "not ready: the kernel does not hold revision "
                            + report.get().revision());
            return new Health(false, withWarnings(lines));
        }
        String text = "ready: the kernel holds revision " + report.get().revision();
        return new Health(true, withWarnings(List.of(degraded() ? text + "; degraded: " + datastoreText() : text)));
    }

    private String withWarnings(List<String> lines) {
        Stream<String> warnings = report.stream().flatMap(last -> last.warnings().stream());
        return Stream.concat(lines.stream(), warnings.map("warning: "::concat)).collect(Collectors.joining("\n"));
    }

    private boolean degraded() {
        return locked || datastore.phase() != DatastoreState.Phase.IN_SYNC;
    }

    private String datastoreText() {
        String detail = datastore.detail().isEmpty() ? "" : " (" + datastore.detail() + ")";
        return switch (datastore.phase()) {
            case DOWN -> "datastore down since " + datastore.since() + detail;
            case CONNECTING -> "datastore connecting since " + datastore.since();
            case RESYNC -> "datastore being read since " + datastore.since();
            case IN_SYNC -> locked ? DatastoreLock.LOCKED : "datastore in sync since " + datastore.since();
        };
    }
}
