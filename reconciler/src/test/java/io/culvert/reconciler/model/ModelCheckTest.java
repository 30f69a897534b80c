package io.culvert.reconciler.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Prefix;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The model check finds a kernel with a planted fault by the law that it breaks, and shows it with a story of a few lines. */
class ModelCheckTest {

    private static final List<String> MODES = List.of("Always", "CrossSubnet", "Never");
    private static final int FEW_LINES = 8;
    private static final Pattern STORY =
            Pattern.compile("(L\\d): .*\\nstory \\(seed (\\d+), .*-Dmodel\\.steps=(\\d+)\\):\\n(.*)", Pattern.DOTALL);

    /** What a kernel may do wrong, and the law that this breaks. */
    enum Fault {
        /** Reports a route as deleted but keeps it. */
        DELETION_DROPPED(
                "L8",
                (kernel, change) ->
                        change instanceof Change.DeleteRoute ? new Outcome(change, 0, "") : carriedOut(kernel, change)),
        /** Replaces foreign routes too. */
        FOREIGN_ROUTE_TAKEN("L1", (kernel, change) -> {
            if (change instanceof Change.AddRoute add) {
                Outcome replaced =
                        carriedOut(kernel, new Change.ReplaceRoute(add.prefix(), add.nextHop(), add.protocol()));
                return new Outcome(change, replaced.errno(), "");
            }
            return carriedOut(kernel, change);
        }),
        /** Breaks before it makes a route. */
        ROUTE_BROKEN_BEFORE_MADE("L5", (kernel, change) -> {
            if (change instanceof Change.ReplaceRoute replace) {
                kernel.deleteRoute(replace.prefix());
                return new Outcome(change, Errno.EBUSY, "");
            }
            return carriedOut(kernel, change);
        });

        private final String law;
        private final BiFunction<FakeKernel, Change, Outcome> apply;

        Fault(String law, BiFunction<FakeKernel, Change, Outcome> apply) {
            this.law = law;
            this.apply = apply;
        }

        private static Outcome carriedOut(FakeKernel kernel, Change change) {
            return kernel.apply(List.of(change)).get(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void plantedFaultIsFoundAndItsStoryShrunk(Fault fault) {
        ModelCheck check = new ModelCheck(() -> new FakeHost(kernel -> new FaultyKernel(kernel, fault)), MODES);

        AssertionError found = catchThrowableOfType(AssertionError.class, () -> check.run(50_000));

        Matcher shown = STORY.matcher(found.getMessage());
        assertThat(shown.matches()).as(found.getMessage()).isTrue();
        assertThat(shown.group(1)).isEqualTo(fault.law);
        List<List<String>> story = shown.group(4).lines().map(ModelCheck::step).toList();
        assertThat(story.stream().mapToInt(List::size).sum()).isLessThanOrEqualTo(FEW_LINES);
        assertThat(check.replay(story)).get().asString().startsWith(fault.law);
        assertThat(new ModelCheck(FakeHost::new, MODES).replay(story))
                .as("the story without the fault")
                .isEmpty();
        List<List<String>> whole =
                new Story(Long.parseLong(shown.group(2)), MODES).steps(Integer.parseInt(shown.group(3)));
        assertThat(check.replay(whole)).get().asString().startsWith(fault.law);
    }

    private record FaultyKernel(FakeKernel kernel, Fault fault) implements Kernel {

        @Override
        public LinkState observeLinks() {
            return kernel.observeLinks();
        }

        @Override
        public FibState observeFib() {
            return kernel.observeFib();
        }

        @Override
        public List<Outcome> apply(List<Change> changes) {
            return changes.stream()
                    .map(change -> fault.apply.apply(kernel, change))
                    .toList();
        }

        @Override
        public int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
            return kernel.forgetFlows(sources, kept);
        }
    }
}
