package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.FakeKernel.Picture;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.reconcile.Scenario.Turn;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every change and every observation of every story below {@code scenarios/} fails, with each error of a kernel that lacks resources:
 * once, twice and many times. Unrelated changes are made all the same (L7). Once the failed change is due again, and at the story's end,
 * the kernel is as without the failure.
 */
class ScenarioFaultsTest {

    private static final List<Integer> ERRORS = List.of(Errno.EBUSY, Errno.ENOMEM);

    /** How often in a row; the last covers a retry with a growing back-off. */
    private static final List<Integer> TIMES = List.of(1, 2, 9);

    @TestFactory
    Stream<DynamicTest> everyChangeFails() throws IOException, URISyntaxException {
        return each(ScenarioFaultsTest::failEachChange);
    }

    @TestFactory
    Stream<DynamicTest> everyObservationFails() throws IOException, URISyntaxException {
        return each(ScenarioFaultsTest::failEachObservation);
    }

    private static Stream<DynamicTest> each(ToIntFunction<Story> failEach) throws IOException, URISyntaxException {
        return ScenarioTest.files()
                .map(file -> DynamicTest.dynamicTest(ScenarioTest.name(file), () -> {
                    List<String> lines = Files.readAllLines(file);
                    int failed = 0;
                    for (int turn = new Story(lines, 0, 0).turns().size() - 2; turn >= 0; turn--) {
                        for (int times : TIMES) {
                            failed += failEach.applyAsInt(new Story(lines, turn, times));
                        }
                    }
                    assertThat(failed).isPositive();
                }));
    }

    private static int failEachChange(Story story) {
        List<Turn> without = story.turns();
        int changes = without.get(story.turn()).outcomes().size();
        for (int change = 0; change < changes; change++) {
            // Nothing waits for it, and which flows there are is known when it is done: UntranslatedFlowsTest.
            if (without.get(story.turn()).outcomes().get(change).change().kind() == Change.Kind.FLOW) {
                continue;
            }
            for (int errno : ERRORS) {
                new Failure(story, without, change, errno).check();
            }
        }
        return changes;
    }

    private static int failEachObservation(Story story) {
        List<Turn> without = story.turns();
        without.get(story.turn())
                .dumps()
                .forEach((number, table) ->
                        ERRORS.forEach(errno -> failObservation(story, without, number, table, errno)));
        return without.get(story.turn()).dumps().size();
    }

    private static void failObservation(Story story, List<Turn> without, int number, KernelTable table, int errno) {
        String description = "dump %d, of %s, and %d more fail with %s"
                .formatted(number, table, story.times() - 1, Errno.name(errno));
        List<Turn> with = story.turns(kernel -> kernel.failDumps(number, story.times(), errno));
        List<Change> undisturbed = without.get(story.turn()).asked();
        List<Change> asked = with.get(story.turn()).asked();
        if (table == KernelTable.RULESET && story.times() == 1) {
            assertThat(withoutRuleset(asked)).as(description).isEqualTo(withoutRuleset(undisturbed));
        } else if (table != KernelTable.RULESET) {
            assertThat(asked)
                    .as("%s: nothing is changed that was not observed", description)
                    .isEqualTo(undisturbed.subList(0, Math.min(asked.size(), undisturbed.size())));
        }
        compare(description, story, with, without);
    }

    /** A filter that cannot be read does not stop the rest. */
    private static List<Change> withoutRuleset(List<Change> changes) {
        return changes.stream()
                .filter(change -> change.kind() != Change.Kind.RULESET && change.kind() != Change.Kind.FLOW)
                .toList();
    }

    private static void compare(String description, Story story, List<Turn> with, List<Turn> without) {
        for (int later : List.of(story.turn(), without.size() - 1)) {
            assertThat(facts(with.get(later).after()))
                    .as("%s in turn %d: the kernel after turn %d", description, story.turn(), later)
                    .isEqualTo(facts(without.get(later).after()));
        }
    }

    /**
     * A story in which one turn is repeated, so that what failed in it succeeds before the story continues. At the end it runs once
     * more, when nothing waits for a peer any longer.
     */
    private record Story(List<String> lines, int turn, int times) {

        List<Turn> turns() {
            return turns(kernel -> {});
        }

        List<Turn> turns(Consumer<FakeKernel> fault) {
            Scenario scenario = new Scenario(turn, times + 1);
            fault.accept(scenario.kernel());
            scenario.play(lines);
            scenario.settle();
            return scenario.turns();
        }
    }

    private record Failure(Story story, List<Turn> without, int number, int errno) {

        void check() {
            Turn undisturbed = without.get(story.turn());
            Change change = undisturbed.outcomes().get(number).change();
            String description = "'" + change + "' fails " + story.times() + " times with " + Errno.name(errno);
            List<Turn> with =
                    story.turns(kernel -> kernel.fail(undisturbed.before() + number, change, story.times(), errno));

            Turn disturbed = with.get(story.turn());
            assertThat(disturbed.outcomes().get(number)).as(description).isEqualTo(new Outcome(change, errno, ""));
            boolean supplanted = disturbed.outcomes().stream()
                    .skip(number + 1L)
                    .anyMatch(outcome -> outcome.succeeded()
                            && outcome.change().kind() == Change.Kind.RULESET
                            && outcome.change().subject().equals(change.subject()));
            if (!supplanted) {
                assertThat(disturbed.obstacles())
                        .as("%s: obstacles", description)
                        .extracting(Obstacle::subject)
                        .contains(change.subject());
            }
            Map<String, Change> omitted = succeeded(undisturbed);
            omitted.keySet().removeAll(succeeded(disturbed).keySet());
            assertThat(omitted.values())
                    .as("%s: changes not made", description)
                    .allMatch(other -> needs(other, change, undisturbed));
            compare(description, story, with, without);
        }

        /** Without ids of next hops, which depend on the path. */
        private static Map<String, Change> succeeded(Turn turn) {
            Map<Integer, String> nextHops = new HashMap<>();
            turn.after().nextHops().forEach(nextHop -> nextHops.put(nextHop.id(), text(turn.after(), nextHop)));
            Map<String, Change> succeeded = new HashMap<>();
            for (Outcome outcome : turn.outcomes()) {
                Change change = outcome.change();
                if (change instanceof Change.AddNextHop put) {
                    nextHops.put(put.id(), put.gateway() + " dev " + put.deviceName());
                }
                if (outcome.succeeded()) {
                    succeeded.put(
                            change.action() + " " + change.subject() + " " + nextHops.get(nextHopOf(change)), change);
                }
            }
            return succeeded;
        }

        /** Whether a change must not be made before the other one. */
        private static boolean needs(Change change, Change other, Turn turn) {
            if (change.equals(other)) {
                return true;
            }
            if (other instanceof Change.AddNextHop nextHop && nextHopOf(change) == nextHop.id()) {
                return true;
            }
            // The former device has to make room for a new one.
            boolean makesRoom = other instanceof Change.BindTunnel;
            boolean makesDevice = makesRoom || other instanceof Change.CreateTunnel || other instanceof Change.SetUp;
            if (makesDevice && needsDevice(change, turn)) {
                return true;
            }
            if (change.kind() == Change.Kind.FLOW && other.kind() == Change.Kind.RULESET) {
                return true;
            }
            boolean sameTable = change.subject().equals(other.subject()) && change.kind() == Change.Kind.RULESET;
            return sameTable || isFoundation(change) && isInstead(other) || isReplacedBy(change, other, turn);
        }

        /** Our former route of a prefix stays until the new one is in place. */
        private static boolean isReplacedBy(Change change, Change other, Turn turn) {
            return change instanceof Change.DeleteRoute
                    && turn.outcomes().stream()
                            .map(Outcome::change)
                            .anyMatch(put -> put.subject().equals(change.subject())
                                    && !put.equals(change)
                                    && needs(put, other, turn));
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
                    || change instanceof Change.AddNextHop put && tunnels.contains(put.device())
                    || change instanceof Change.CreateTunnel
                    || change instanceof Change.AddAddress
                    || change instanceof Change.SetUp
                    || change instanceof Change.SetSysctl sysctl
                            && sysctl.name().contains("/conf/");
        }

        /** What routes used, or what filtered it: deleted once nothing uses it any more. */
        private static boolean isFoundation(Change change) {
            return change instanceof Change.DeleteNextHop
                    || change instanceof Change.DeleteLink
                    || change.kind() == Change.Kind.RULESET;
        }

        private static boolean isInstead(Change change) {
            return change.kind() != Change.Kind.RULESET && change.kind() != Change.Kind.SYSCTL;
        }
    }

    private static String text(Picture picture, NextHop nextHop) {
        return nextHop.gateway().map(Address::toString).orElse("nowhere") + " dev " + device(picture, nextHop.device());
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
                        "nexthop " + text(picture, nextHop) + " " + nextHop.onlink() + " " + nextHop.protocol()));
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
}
