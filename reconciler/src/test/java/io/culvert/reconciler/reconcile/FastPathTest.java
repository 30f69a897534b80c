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
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a single event asks for is written without a look at the kernel, and looked at afterwards. */
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
    private int looks;

    private Reconciler newReconciler() {
        kernel.addLink("eth0", "veth", 1500, InterfaceAddress.parse("10.0.1.11/24"));
        kernel.setSysctl("net/ipv4/ip_forward", 1);
        NodeSettings settings = new NodeSettings(
                "n1",
                InterfaceAddress.parse("10.0.1.11/24"),
                "culvert0",
                OptionalInt.empty(),
                OptionalInt.of(90),
                Set.of(),
                0,
                Set.of());
        return new Reconciler(kernel, kernel, kernel, settings, attempt -> 1000, () -> 0);
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
        looks = kernel.looks();
    }

    private void etcd(String line) {
        assertThat(datastore.carryOut(List.of(line.split(" ")))).isTrue();
    }

    private Report cycle(Trigger trigger) {
        return reconciler.reconcile(datastore.snapshot(), trigger, KernelNews.NONE, now);
    }

    private Report hear(Set<KernelTable> tables, Prefix... lost) {
        return reconciler.reconcile(datastore.snapshot(), Trigger.KERNEL, new KernelNews(tables, Set.of(lost)), now);
    }

    private void assertLooked(int times) {
        assertThat(kernel.looks() - looks).isEqualTo(times);
    }

    private Optional<FakeKernel.Route> route(Prefix prefix) {
        return kernel.routes().stream()
                .filter(route -> route.prefix().equals(prefix))
                .findFirst();
    }

    @Test
    void aNewBlockIsWrittenAtOnceAndLookedAtWhenItIsQuiet() {
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
        assertLooked(0);

        now += VERIFIED_AFTER;
        Report verified = cycle(Trigger.RETRY);
        assertThat(verified.outcomes()).isEmpty();
        assertThat(verified.nextDueMillis()).isEmpty();
        assertLooked(1);
    }

    @Test
    void whatIsGoneUnheardIsFoundByTheLookAfterwards() {
        etcd("block 192.168.0.64/26 n2");
        cycle(Trigger.DATASTORE);
        kernel.deleteRoute(FIRST);
        now += VERIFIED_AFTER;
        Report verified = cycle(Trigger.RETRY);
        assertThat(verified.drift()).isTrue();
        assertThat(route(FIRST)).isPresent();
    }

    @Test
    void eventsThatNeverRestDoNotPutOffTheLookForEver() {
        etcd("node n3 10.0.2.13/24 tunnel 192.168.0.2");
        cycle(Trigger.DATASTORE);
        long start = now;
        for (int i = 0; now - start < VERIFIED_AT_MOST_AFTER; i++, now += VERIFIED_AFTER / 2) {
            etcd("block 192.168.0.64/26 n" + (2 + i % 2));
            cycle(Trigger.DATASTORE);
        }
        assertLooked(0);
        etcd("block 192.168.1.64/26 n2");
        cycle(Trigger.DATASTORE);
        assertLooked(1);
    }

    @Test
    void aLostRouteIsPutBackWithoutALook() {
        kernel.deleteRoute(FIRST);
        Report report = hear(Set.of(), FIRST);
        assertThat(report.drift()).isTrue();
        assertThat(report.converged()).isTrue();
        assertThat(route(FIRST)).isPresent();
        kernel.deleteRoute(OWN);
        hear(Set.of(), OWN);
        assertThat(route(OWN)).isPresent();
        assertLooked(0);
    }

    @Test
    void aRouteThatIsNotLostAfterAllIsLookedAt() {
        Report report = hear(Set.of(), FIRST);
        assertThat(report.converged()).isTrue();
        assertLooked(1);
    }

    @Test
    void aForeignRouteThatCameUnheardIsNamedAndLeftAlone() {
        kernel.putRoute(new FakeKernel.Route(SECOND, 0, 0, Optional.empty(), 0, RouteTable.BLACKHOLE, FOREIGN));
        etcd("block 192.168.0.64/26 n2");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.obstacles()).extracting(Obstacle::failureClass).containsExactly(FailureClass.CONFLICT);
        assertThat(route(SECOND)).get().extracting(FakeKernel.Route::protocol).isEqualTo(FOREIGN);
        assertLooked(1);
    }

    @Test
    void aBlockThatGoesAndComesToAnotherNodeIsFollowedFromMemory() {
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
        assertLooked(0);
        now += VERIFIED_AFTER;
        assertThat(cycle(Trigger.RETRY).outcomes()).isEmpty();
    }

    @Test
    void aPeerThatMovesIsFollowedBeforeTheFilterIs() {
        etcd("node n2 10.0.1.22/24 tunnel 192.168.0.1");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.outcomes())
                .extracting(outcome -> outcome.change().getClass().getSimpleName())
                .containsExactly("AddNextHop", "ReplaceRoute", "ReplaceRuleset");
        assertLooked(0);
        now += VERIFIED_AFTER;
        assertThat(cycle(Trigger.RETRY).outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.DeleteNextHop.class);
    }

    @Test
    void aNodeThatComesIsLetInWithoutALook() {
        etcd("node n3 10.0.1.13/24");
        assertThat(cycle(Trigger.DATASTORE).outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.ReplaceRuleset.class);
        assertLooked(0);
    }

    @Test
    void aMeddledFilterIsMendedWithoutALookAtRoutes() {
        kernel.setFilter(FilterState.ABSENT);
        Report report = hear(Set.of(KernelTable.RULESET));
        assertThat(report.outcomes())
                .extracting(Outcome::change)
                .singleElement()
                .isInstanceOf(Change.ReplaceRuleset.class);
        assertThat(report.drift()).isTrue();
        assertLooked(0);
    }

    @Test
    void aFailureIsLookedAtAndTriedAgain() {
        kernel.inject(change -> change instanceof Change.AddRoute ? Errno.ENOMEM : 0);
        etcd("block 192.168.0.64/26 n2");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.converged()).isFalse();
        assertThat(report.nextDueMillis()).hasValue(now + 1000);
        assertLooked(1);
        kernel.inject(change -> 0);
        now += 1000;
        assertThat(cycle(Trigger.RETRY).converged()).isTrue();
    }

    @Test
    void whatSucceedsIsNoFailureAnyMore() {
        Prefix block = Prefix.parse("192.168.0.64/26");
        kernel.inject(change -> change instanceof Change.AddRoute ? Errno.ENOMEM : 0);
        etcd("block 192.168.0.64/26 n2");
        cycle(Trigger.DATASTORE);
        kernel.inject(change -> 0);
        etcd("block 192.168.0.64/26 n2");
        assertThat(cycle(Trigger.DATASTORE).outcomes()).hasSize(1).allMatch(Outcome::succeeded);
        kernel.deleteRoute(block);
        assertThat(hear(Set.of(KernelTable.ROUTE)).converged()).isTrue();
        assertThat(route(block)).isPresent();
    }

    @Test
    void aNextHopThatIsPutUnderAnotherIdIsNoFailureAnyMore() {
        kernel.inject(change -> change instanceof Change.AddNextHop ? Errno.EBUSY : 0);
        etcd("node n3 10.0.1.13/24 tunnel 192.168.0.2");
        etcd("block 192.168.0.64/26 n3");
        cycle(Trigger.DATASTORE);
        kernel.inject(change -> 0);
        etcd("block 192.168.0.64/26 n3");
        assertThat(cycle(Trigger.DATASTORE).converged()).isTrue();
        kernel.deleteNextHop(
                route(Prefix.parse("192.168.0.64/26")).orElseThrow().nextHop());
        assertThat(hear(Set.of(KernelTable.NEXTHOP)).converged()).isTrue();
    }

    @Test
    void whatIsInTheWayIsOverWhenTheWishIsWhatStands() {
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
    void aFilterThatFailsIsTriedAgainAndNamed() {
        kernel.inject(change -> change instanceof Change.ReplaceRuleset ? Errno.ENOMEM : 0);
        etcd("node n3 10.0.1.13/24");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.converged()).isFalse();
        assertThat(report.nextDueMillis()).hasValue(now + 1000);
        assertLooked(1);
    }

    @Test
    void aNextHopThatIsYetToBeTriedAgainIsNotCountedOn() {
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
    void mostRoutesAreNotSweptFromMemory() {
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
    void newsOfATableLeadsToALook() {
        kernel.putNextHop(new NextHop(5, Optional.of(Address.parse("10.0.1.99")), 1, false, FOREIGN));
        hear(Set.of(KernelTable.NEXTHOP));
        assertLooked(1);
    }

    @Test
    void aNewModeLeadsToALook() {
        etcd("pool web 192.168.0.0/16 Always nat");
        cycle(Trigger.DATASTORE);
        assertThat(kernel.looks() - looks).isPositive();
    }

    @Test
    void aSnapshotThatChangesNothingIsAppliedWithoutALook() {
        etcd("block 192.168.0.0/26 n2");
        Report report = cycle(Trigger.DATASTORE);
        assertThat(report.outcomes()).isEmpty();
        assertThat(report.revision()).isEqualTo(datastore.snapshot().revision());
        assertThat(report.nextDueMillis()).isEmpty();
        assertLooked(0);
    }
}
