package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a single event affects is written without observing the kernel, and observed afterwards. */
class FastPathTest {

    private static final Prefix FIRST = Prefix.parse("192.168.0.0/26");
    private static final Prefix SECOND = Prefix.parse("192.168.0.64/26");
    private static final Prefix OWN = Prefix.parse("192.168.0.128/26");
    private static final int FOREIGN = 17;
    private static final int VERIFIED_AFTER = 1000;
    private static final int VERIFIED_AT_MOST_AFTER = 30_000;

    private final FakeKernel kernel = new FakeKernel();
    private final Datastore datastore = new Datastore();
    private final Reconciler reconciler = newReconciler();
    private long now = 5000;
    private int dumps;

    private Reconciler newReconciler() {
        kernel.addLink("eth0", "veth", 1500, NodeN1.ADDRESS);
        kernel.setSysctl("net/ipv4/ip_forward", 1);
        return new Reconciler(kernel, kernel, kernel, NodeN1.settings(), attempt -> 1000, () -> 0);
    }

    @BeforeEach
    void converge() {
        etcd("pool web 192.168.0.0/16 CrossSubnet nat");
        etcd("node n1 10.0.1.11/24 tunnel 192.168.0.128");
        etcd("node n2 10.0.1.12/24 tunnel 192.168.0.1");
        etcd("block 192.168.0.0/26 n2");
        etcd("block 192.168.0.128/26 n1");
        cycle(Trigger.START);
        assertThat(cycle(Trigger.RESYNC).outcomes()).isEmpty();
        dumps = kernel.routeDumps();
    }

    private void etcd(String line) {
        assertThat(datastore.carryOut(List.of(line.split(" ")))).isTrue();
    }

    private Report cycle(Trigger trigger) {
        return reconciler.reconcile(datastore.snapshot(), trigger, KernelNews.NONE, now);
    }

    private Report announce(Set<KernelTable> tables, Prefix... lost) {
        return reconciler.reconcile(datastore.snapshot(), Trigger.KERNEL, new KernelNews(tables, Set.of(lost)), now);
    }

    private void assertObserved(int times) {
        assertThat(kernel.routeDumps() - dumps).isEqualTo(times);
    }

    private Optional<FakeKernel.Route> route(Prefix prefix) {
        return kernel.routes().stream()
                .filter(route -> route.prefix().equals(prefix))
                .findFirst();
    }

    @Test
    void aNewBlockIsWrittenAtOnceAndVerifiedWhenItIsQuiet() {
        etcd("block 192.168.0.64/26 n2");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.AddRoute.class);
        assertThat(report.revision()).isEqualTo(datastore.snapshot().revision());
        assertThat(report.pools()).extracting(Report.PoolReport::desired).containsExactly(3);
        assertThat(report.drift()).isFalse();
        assertThat(report.nextDueMillis()).hasValue(now + VERIFIED_AFTER);
        assertObserved(0);

        now += VERIFIED_AFTER;
        Report verified = cycle(Trigger.RETRY);
        assertThat(verified.outcomes()).isEmpty();
        assertThat(verified.nextDueMillis()).isEmpty();
        assertObserved(1);
    }

    @Test
    void anUnannouncedLossIsFoundByTheVerification() {
        etcd("block 192.168.0.64/26 n2");
        cycle(Trigger.DATASTORE);
        kernel.deleteRoute(FIRST);
        now += VERIFIED_AFTER;
        Report verified = cycle(Trigger.RETRY);
        assertThat(verified.drift()).isTrue();
        assertThat(route(FIRST)).isPresent();
    }

    @Test
    void aStreamOfEventsDoesNotPutOffTheVerificationForEver() {
        etcd("node n3 10.0.2.13/24 tunnel 192.168.0.2");
        cycle(Trigger.DATASTORE);
        long start = now;
        for (int i = 0; now - start < VERIFIED_AT_MOST_AFTER; i++, now += VERIFIED_AFTER / 2) {
            etcd("block 192.168.0.64/26 n" + (2 + i % 2));
            cycle(Trigger.DATASTORE);
        }
        assertObserved(0);
        etcd("block 192.168.1.64/26 n2");
        cycle(Trigger.DATASTORE);
        assertObserved(1);
    }

    @Test
    void aLostRouteIsRestoredWithoutObserving() {
        kernel.deleteRoute(FIRST);
        Report report = announce(Set.of(), FIRST);
        assertThat(report.drift()).isTrue();
        assertThat(report.converged()).isTrue();
        assertThat(route(FIRST)).isPresent();
        kernel.deleteRoute(OWN);
        announce(Set.of(), OWN);
        assertThat(route(OWN)).isPresent();
        assertObserved(0);
    }

    @Test
    void aRouteThatIsNotLostAfterAllIsObserved() {
        Report report = announce(Set.of(), FIRST);
        assertThat(report.converged()).isTrue();
        assertObserved(1);
    }

    @Test
    void anUnannouncedForeignRouteIsReportedAndLeftAlone() {
        kernel.putRoute(new FakeKernel.Route(SECOND, 0, 0, Optional.empty(), 0, RouteTable.BLACKHOLE, FOREIGN));
        etcd("block 192.168.0.64/26 n2");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.obstacles()).extracting(Obstacle::failureClass).containsExactly(FailureClass.CONFLICT);
        assertThat(route(SECOND)).get().extracting(FakeKernel.Route::protocol).isEqualTo(FOREIGN);
        assertObserved(1);
    }

    @Test
    void aBlockThatMovesToAnotherNodeIsFollowedWithoutObserving() {
        etcd("node n3 10.0.2.13/24 tunnel 192.168.0.2");
        etcd("block 192.168.0.64/26 n2");
        cycle(Trigger.DATASTORE);
        etcd("block 192.168.0.64/26 n3");
        assertThat(cycle(Trigger.DATASTORE).outcomes())
                .extracting(outcome -> outcome.change().getClass().getSimpleName())
                .containsExactly("AddNextHop", "ReplaceRoute");
        etcd("no block 192.168.0.64/26");
        cycle(Trigger.DATASTORE);
        assertThat(route(SECOND)).isEmpty();
        etcd("block 192.168.0.64/26 n3");
        assertThat(cycle(Trigger.DATASTORE).outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.AddRoute.class);
        assertObserved(0);
        now += VERIFIED_AFTER;
        assertThat(cycle(Trigger.RETRY).outcomes()).isEmpty();
    }

    /** The two routes have different metrics, so one replaces the other in two changes, the second of which depends on the first. */
    @Test
    void aBlockThatMovesHereIsNeverWithoutARoute() {
        kernel.inject(change -> change instanceof Change.AddRoute ? Errno.ENOMEM : 0);
        etcd("block 192.168.0.0/26 n1");
        cycle(Trigger.DATASTORE);
        assertThat(route(FIRST)).get().extracting(FakeKernel.Route::type).isEqualTo((int) RouteTable.UNICAST);

        kernel.inject(change -> 0);
        now += 1000;
        assertThat(cycle(Trigger.RETRY).converged()).isTrue();
        assertThat(route(FIRST)).get().extracting(FakeKernel.Route::type).isEqualTo((int) RouteTable.BLACKHOLE);
    }

    @Test
    void aPeerThatMovesGetsItsRoutesBeforeTheFilter() {
        etcd("node n2 10.0.1.22/24 tunnel 192.168.0.1");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.outcomes())
                .extracting(outcome -> outcome.change().getClass().getSimpleName())
                .containsExactly("AddNextHop", "ReplaceRoute", "ReplaceRuleset");
        assertObserved(0);
        now += VERIFIED_AFTER;
        assertThat(cycle(Trigger.RETRY).outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.DeleteNextHop.class);
    }

    @Test
    void aNewNodeIsAllowedByTheFilterWithoutObserving() {
        etcd("node n3 10.0.1.13/24");
        assertThat(cycle(Trigger.DATASTORE).outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.ReplaceRuleset.class);
        assertObserved(0);
    }

    @Test
    void aChangedFilterIsRestoredWithoutObservingRoutes() {
        kernel.setFilter(FilterState.ABSENT);
        Report report = announce(Set.of(KernelTable.RULESET));
        assertThat(report.outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.ReplaceRuleset.class);
        assertThat(report.drift()).isTrue();
        assertObserved(0);
    }

    @Test
    void aFailureIsObservedAndRetried() {
        kernel.inject(change -> change instanceof Change.AddRoute ? Errno.ENOMEM : 0);
        etcd("block 192.168.0.64/26 n2");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.converged()).isFalse();
        assertThat(report.nextDueMillis()).hasValue(now + 1000);
        assertObserved(1);
        kernel.inject(change -> 0);
        now += 1000;
        assertThat(cycle(Trigger.RETRY).converged()).isTrue();
    }

    @Test
    void aChangeThatSucceedsIsNoFailureAnyMore() {
        Prefix block = Prefix.parse("192.168.0.64/26");
        kernel.inject(change -> change instanceof Change.AddRoute ? Errno.ENOMEM : 0);
        etcd("block 192.168.0.64/26 n2");
        cycle(Trigger.DATASTORE);
        kernel.inject(change -> 0);
        etcd("block 192.168.0.64/26 n2");
        assertThat(cycle(Trigger.DATASTORE).outcomes()).hasSize(1).allMatch(Outcome::succeeded);
        kernel.deleteRoute(block);
        assertThat(announce(Set.of(KernelTable.ROUTE)).converged()).isTrue();
        assertThat(route(block)).isPresent();
    }

    @Test
    void aNextHopAddedUnderAnotherIdIsNoFailureAnyMore() {
        kernel.inject(change -> change instanceof Change.AddNextHop ? Errno.EBUSY : 0);
        etcd("node n3 10.0.1.13/24 tunnel 192.168.0.2");
        etcd("block 192.168.0.64/26 n3");
        cycle(Trigger.DATASTORE);
        kernel.inject(change -> 0);
        etcd("block 192.168.0.64/26 n3");
        assertThat(cycle(Trigger.DATASTORE).converged()).isTrue();
        kernel.deleteNextHop(
                route(Prefix.parse("192.168.0.64/26")).orElseThrow().nextHop());
        assertThat(announce(Set.of(KernelTable.NEXTHOP)).converged()).isTrue();
    }

    @Test
    void anObstacleEndsWhenTheExistingRouteIsDesiredAgain() {
        etcd("block 192.168.0.64/26 n3");
        etcd("node n3 10.0.1.13/24 tunnel 192.168.0.2");
        cycle(Trigger.DATASTORE);
        kernel.inject(change -> change instanceof Change.ReplaceRoute ? Errno.ENOMEM : 0);
        etcd("block 192.168.0.64/26 n2");
        assertThat(cycle(Trigger.DATASTORE).obstacles())
                .extracting(Obstacle::subject)
                .containsExactly("route 192.168.0.64/26");
        etcd("block 192.168.0.64/26 n3");
        etcd("block 192.168.0.192/26 n3");
        assertThat(cycle(Trigger.DATASTORE).obstacles()).isEmpty();
    }

    @Test
    void aFilterThatFailsIsRetriedAndReported() {
        kernel.inject(change -> change instanceof Change.ReplaceRuleset ? Errno.ENOMEM : 0);
        etcd("node n3 10.0.1.13/24");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.converged()).isFalse();
        assertThat(report.nextDueMillis()).hasValue(now + 1000);
        assertObserved(1);
    }

    @Test
    void aNextHopThatWaitsForARetryIsNotUsed() {
        kernel.inject(change -> change instanceof Change.AddNextHop ? Errno.ENOMEM : 0);
        etcd("node n3 10.0.1.13/24 tunnel 192.168.0.2");
        etcd("block 192.168.0.64/26 n3");
        cycle(Trigger.DATASTORE);
        cycle(Trigger.RETRY);
        kernel.inject(change -> 0);
        etcd("block 192.168.0.192/26 n3");
        assertThat(cycle(Trigger.DATASTORE).outcomes()).allMatch(Outcome::succeeded);
        assertThat(route(Prefix.parse("192.168.0.192/26"))).isPresent();
    }

    @Test
    void mostRoutesAreNotDeletedWithoutObserving() {
        etcd("no block 192.168.0.0/26");
        etcd("no block 192.168.0.128/26");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.awaitsConfirmation()).isTrue();
        assertThat(report.converged()).isFalse();
        assertThat(route(FIRST)).isPresent();

        reconciler.confirm(report.revision());
        assertThat(cycle(Trigger.DATASTORE).converged()).isTrue();
        assertThat(route(FIRST)).isEmpty();
    }

    @Test
    void newsOfATableLeadsToAnObservation() {
        kernel.putNextHop(new NextHop(5, Optional.of(Address.parse("10.0.1.99")), 1, false, FOREIGN));
        announce(Set.of(KernelTable.NEXTHOP));
        assertObserved(1);
    }

    @Test
    void aNewModeLeadsToAnObservation() {
        etcd("pool web 192.168.0.0/16 Always nat");
        cycle(Trigger.DATASTORE);
        assertThat(kernel.routeDumps() - dumps).isPositive();
    }

    @Test
    void aSnapshotThatChangesNothingIsAppliedWithoutObserving() {
        etcd("block 192.168.0.0/26 n2");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.outcomes()).isEmpty();
        assertThat(report.revision()).isEqualTo(datastore.snapshot().revision());
        assertThat(report.nextDueMillis()).isEmpty();
        assertObserved(0);
    }
}
