package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel.Picture;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.reconcile.Scenario.Turn;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every change of every story below {@code scenarios/} fails once, with each error of a kernel that is short of something. What
 * does not need it is done all the same (L7); once it is due again, and to the story's end, the kernel is as without the failure.
 */
class ScenarioFaultsTest {

    private static final List<Integer> ERRORS = List.of(Errno.EBUSY, Errno.ENOMEM);

    @TestFactory
    Stream<DynamicTest> everyChangeFailsOnce() throws IOException, URISyntaxException {
        return ScenarioTest.files().map(file -> DynamicTest.dynamicTest(ScenarioTest.name(file), () -> failEach(file)));
    }

    private static void failEach(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int turns = new Story(lines, 0).turns().size() - 1;
        int failed = 0;
        for (int turn = 0; turn < turns; turn++) {
            List<Turn> without = new Story(lines, turn).turns();
            for (int change = 0; change < without.get(turn).outcomes().size(); change++) {
                for (int errno : ERRORS) {
                    new Failure(lines, without, turn, change, errno).check();
                    failed++;
                }
            }
        }
        assertThat(failed).isPositive();
    }

    /** A story in which one turn is taken once more, so that what failed in it is mended before the story goes on. */
    private record Story(List<String> lines, int repeated) {

        List<Turn> turns() {
            return played(new Scenario(repeated));
        }

        List<Turn> turnsFailing(int number, int errno) {
            Scenario scenario = new Scenario(repeated);
            scenario.kernel().failOnce(number, errno);
            return played(scenario);
        }

        private List<Turn> played(Scenario scenario) {
            scenario.play(lines);
            scenario.settle();
            return scenario.turns();
        }
    }

    private record Failure(List<String> lines, List<Turn> without, int turn, int number, int errno) {

        void check() {
            int settled = without.size() - 1;
            Turn undisturbed = without.get(turn);
            Change change = undisturbed.outcomes().get(number).change();
            String told = "'" + change + "' fails with " + Errno.name(errno) + " in turn " + turn;
            List<Turn> with = new Story(lines, turn).turnsFailing(undisturbed.before() + number, errno);

            Turn disturbed = with.get(turn);
            assertThat(disturbed.outcomes().get(number)).as(told).isEqualTo(new Outcome(change, errno, ""));
            assertThat(disturbed.obstacles())
                    .as("%s: what is in the way", told)
                    .extracting(Obstacle::subject)
                    .contains(change.subject());
            Map<String, Change> omitted = succeeded(undisturbed);
            omitted.keySet().removeAll(succeeded(disturbed).keySet());
            assertThat(omitted.values())
                    .as("%s: what is left undone", told)
                    .allMatch(other -> needs(other, change, undisturbed));
            for (int later : List.of(turn, settled)) {
                assertThat(facts(with.get(later).after()))
                        .as("%s: the kernel after turn %d", told, later)
                        .isEqualTo(facts(without.get(later).after()));
            }
        }

        /** By what they mean: ids of next hops depend on the path. */
        private static Map<String, Change> succeeded(Turn turn) {
            Map<Integer, String> ways = new HashMap<>();
            turn.after().nextHops().forEach(nextHop -> ways.put(nextHop.id(), way(turn.after(), nextHop)));
            Map<String, Change> succeeded = new HashMap<>();
            for (Outcome outcome : turn.outcomes()) {
                Change change = outcome.change();
                if (change instanceof Change.PutNextHop put) {
                    ways.put(put.id(), put.gateway() + " dev " + put.deviceName());
                }
                if (outcome.succeeded()) {
                    succeeded.put(change.action() + " " + change.subject() + " " + ways.get(nextHopOf(change)), change);
                }
            }
            return succeeded;
        }

        private static String way(Picture picture, NextHop nextHop) {
            return nextHop.gateway().map(Address::toString).orElse("nowhere") + " dev "
                    + device(picture, nextHop.device());
        }

        private static String device(Picture picture, int index) {
            return picture.links().stream()
                    .filter(link -> link.index() == index)
                    .map(Link::name)
                    .findFirst()
                    .orElse("none");
        }

        /** A kernel without indices and ids, which depend on the path. */
        private static List<String> facts(Picture picture) {
            List<String> facts = new ArrayList<>();
            picture.links()
                    .forEach(link -> facts.add("link " + link.name() + " " + link.kind() + " " + link.up() + " "
                            + link.mtu() + " " + link.ipip() + " " + link.addresses()));
            picture.nextHops()
                    .forEach(nextHop -> facts.add(
                            "nexthop " + way(picture, nextHop) + " " + nextHop.onlink() + " " + nextHop.protocol()));
            picture.routes()
                    .forEach(route -> facts.add("route " + route.prefix() + " metric " + route.metric() + " "
                            + (route.nextHop() == 0 ? "plain" : "by object") + " " + route.gateway() + " dev "
                            + device(picture, route.device()) + " type " + route.type() + " proto "
                            + route.protocol()));
            facts.add(picture.filter().toString());
            facts.add(picture.sysctls().toString());
            facts.sort(Comparator.naturalOrder());
            return facts;
        }

        /** Whether a change cannot be made, or is better not made, as long as the other one has not been. */
        private static boolean needs(Change change, Change other, Turn turn) {
            if (change.equals(other)) {
                return true;
            }
            if (other instanceof Change.PutNextHop nextHop && nextHopOf(change) == nextHop.id()) {
                return true;
            }
            boolean makesDevice = other instanceof Change.CreateTunnel || other instanceof Change.SetUp;
            if (makesDevice && needsDevice(change, turn)) {
                return true;
            }
            return isFoundation(change) && isInstead(other);
        }

        private static int nextHopOf(Change change) {
            if (change instanceof Change.AddRoute add) {
                return add.nextHop();
            }
            return change instanceof Change.ReplaceRoute replace ? replace.nextHop() : 0;
        }

        private static boolean needsDevice(Change change, Turn turn) {
            Set<Integer> tunnels = turn.after().links().stream()
                    .filter(link -> link.ipip().isPresent())
                    .map(Link::index)
                    .collect(Collectors.toSet());
            Set<Integer> nextHops = turn.after().nextHops().stream()
                    .filter(nextHop -> tunnels.contains(nextHop.device()))
                    .map(NextHop::id)
                    .collect(Collectors.toSet());
            return nextHops.contains(nextHopOf(change))
                    || change instanceof Change.PutNextHop put && tunnels.contains(put.device())
                    || change instanceof Change.AddAddress
                    || change instanceof Change.SetUp
                    || change instanceof Change.SetSysctl sysctl
                            && sysctl.name().contains("/conf/");
        }

        /** What routes stood on, or kept strangers out of it: it goes when nothing stands on it any more. */
        private static boolean isFoundation(Change change) {
            return change instanceof Change.DeleteNextHop
                    || change instanceof Change.DeleteLink
                    || change.kind() == Change.Kind.RULESET;
        }

        private static boolean isInstead(Change change) {
            return change.kind() != Change.Kind.RULESET && change.kind() != Change.Kind.SYSCTL;
        }
    }
}
