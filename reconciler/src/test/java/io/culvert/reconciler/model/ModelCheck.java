package io.culvert.reconciler.model;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Plays stories until enough steps were played: nine in ten by seeds from 1 up, the same in every run, one in ten by a new seed from the
 * clock. {@code -Dmodel.seed=N} plays from that seed up instead; {@code -Dmodel.steps=N} sets the least number of steps. A story that
 * breaks a law fails the check, with its seed and shortened. Written to a file, {@code -Dmodel.story=FILE} plays it again.
 */
public final class ModelCheck {

    private static final int STEPS_OF_A_STORY = 200;

    /** About every third step finds the agent at rest. */
    private static final int LEAST_STEPS_PER_REST = 10;

    private final Supplier<? extends Host> hosts;
    private final List<String> modes;

    /**
     * @param hosts makes a node's kernel as it is before anything happened
     * @param modes of the pools, as spelled in resources
     */
    public ModelCheck(Supplier<? extends Host> hosts, List<String> modes) {
        this.hosts = hosts;
        this.modes = modes;
    }

    /** Plays that many steps, or {@code -Dmodel.steps}. Returns how often the agent was compared with a fresh one. */
    public String run(long steps) {
        String file = System.getProperty("model.story");
        return file == null ? runMany(steps) : runOne(file);
    }

    private String runOne(String file) {
        try {
            List<List<String>> story = Files.readAllLines(Path.of(file)).stream()
                    .map(ModelCheck::step)
                    .toList();
            replay(story).ifPresent(fault -> {
                throw new AssertionError(fault);
            });
            return story.size() + " steps of " + file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A step as it is printed. */
    static List<String> step(String line) {
        return List.of(line.strip().split(" \\+ "));
    }

    private String runMany(long steps) {
        long most = Long.getLong("model.steps", steps);
        Long seed = Long.getLong("model.seed");
        if (seed != null) {
            return new Run(seed, most).play();
        }
        Run known = new Run(1, most - most / 10);
        Run fresh = new Run(System.currentTimeMillis(), most / 10);
        String summary = known.play() + "; " + fresh.play();
        if ((known.rests + fresh.rests) * LEAST_STEPS_PER_REST < most) {
            throw new AssertionError(
                    "the agent hardly ever rests, so it was hardly ever compared with a fresh one: " + summary);
        }
        return summary;
    }

    /** Stories by seeds one after another. */
    private final class Run {

        private final long first;
        private final long most;
        private long rests;

        Run(long first, long most) {
            this.first = first;
            this.most = most;
        }

        String play() {
            long played = 0;
            long seed = first;
            for (; played < most; seed++) {
                List<List<String>> story = new Story(seed, modes).steps((int) Math.min(STEPS_OF_A_STORY, most));
                try (Play play = new Play()) {
                    Optional<String> fault = play.fault(story);
                    if (fault.isPresent()) {
                        throw new AssertionError(shortened(seed, story, fault.get()));
                    }
                    rests += play.model.rests();
                }
                played += story.size();
            }
            return played + " steps of " + (seed - first) + " stories, seeds " + first + " to " + (seed - 1)
                    + ", at rest " + rests + " times";
        }
    }

    private String shortened(long seed, List<List<String>> story, String fault) {
        String law = law(fault);
        List<List<String>> steps = Shrinking.of(story, shorter -> shows(shorter, law));
        for (int step = 0; step < steps.size(); step++) {
            int at = step;
            List<List<String>> known = steps;
            List<String> few = Shrinking.of(steps.get(step), fewer -> shows(with(known, at, fewer), law));
            steps = with(steps, step, few);
        }
        steps = Shrinking.of(steps, shorter -> shows(shorter, law));
        List<String> lines = new ArrayList<>();
        steps.forEach(step -> lines.add("  " + String.join(" + ", step)));
        String last = replay(steps).orElse(fault);
        return last + "\nstory (seed " + seed + ", of " + story.size() + " steps; again with -Dmodel.seed=" + seed
                + " -Dmodel.steps=" + story.size() + "):\n" + String.join("\n", lines);
    }

    private static <T> List<T> with(List<T> list, int at, T element) {
        List<T> changed = new ArrayList<>(list);
        changed.set(at, element);
        return changed;
    }

    private boolean shows(List<List<String>> story, String law) {
        return replay(story).filter(fault -> law(fault).equals(law)).isPresent();
    }

    /** Shorter stories count as the same fault while they break the same law, or end with the same exception. */
    private static String law(String fault) {
        return fault.substring(0, Math.min(fault.length(), fault.matches("(?s)L[1-9]:.*") ? 2 : 40));
    }

    /** What is wrong at the end of a story, if anything is. */
    Optional<String> replay(List<List<String>> story) {
        try (Play play = new Play()) {
            return play.fault(story);
        }
    }

    private final class Play implements AutoCloseable {

        private final Host host = hosts.get();
        private final Model model = new Model(host);

        /** What is wrong, if anything is. */
        Optional<String> fault(List<List<String>> story) {
            try {
                story.forEach(model::play);
                return Optional.empty();
            } catch (LawBroken e) {
                return Optional.of(String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                return Optional.of(trace.toString());
            }
        }

        @Override
        public void close() {
            host.close();
        }
    }
}
