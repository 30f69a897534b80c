package io.culvert.reconciler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.desired.DesiredDiff;
import io.culvert.reconciler.desired.DesiredDiff.Forwarding;
import io.culvert.reconciler.desired.DesiredDiff.RouteStep;
import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.net.Prefix;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever takes the steps from one wish arrives at the other, over random datastores. */
class DesiredDiffTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void leadsFromOneWishToTheOther(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            DesiredState before = Resolver.resolve(ExplanationTest.snapshot(random), ExplanationTest.LOCAL);
            DesiredState after = Resolver.resolve(ExplanationTest.snapshot(random), ExplanationTest.LOCAL);
            DesiredDiff diff = DesiredDiff.between(before, after);

            Map<Prefix, Forwarding> routes = ways(before.routes());
            for (RouteStep step : diff.routes()) {
                assertThat(routes.getOrDefault(step.prefix(), Forwarding.Plain.NONE))
                        .isEqualTo(step.before());
                assertThat(step.after()).isNotEqualTo(step.before());
                if (step.after() == Forwarding.Plain.NONE) {
                    routes.remove(step.prefix());
                } else {
                    routes.put(step.prefix(), step.after());
                }
            }
            assertThat(routes).as("seed %d, round %d", seed, round).isEqualTo(ways(after.routes()));

            Set<Via> nextHops = new HashSet<>(before.routes().vias());
            assertThat(nextHops.removeAll(diff.goneNextHops()))
                    .isEqualTo(!diff.goneNextHops().isEmpty());
            assertThat(nextHops.addAll(diff.newNextHops()))
                    .isEqualTo(!diff.newNextHops().isEmpty());
            assertThat(nextHops).isEqualTo(Set.copyOf(after.routes().vias()));
            assertThat(diff.tunnel().after()).isEqualTo(after.tunnel());
            assertThat(diff.ruleset().before()).isEqualTo(before.ruleset());
            assertThat(DesiredDiff.between(after, after).isEmpty()).isTrue();
        }
    }

    private static Map<Prefix, Forwarding> ways(DesiredRoutes routes) {
        Map<Prefix, Forwarding> ways = new TreeMap<>();
        for (int row = 0; row < routes.size(); row++) {
            Via via = routes.via(row);
            ways.put(routes.prefix(row), via == null ? Forwarding.Plain.BLACKHOLE : new Forwarding.To(via));
        }
        return ways;
    }
}
