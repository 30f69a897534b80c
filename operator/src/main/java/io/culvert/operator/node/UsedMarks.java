package io.culvert.operator.node;

import io.culvert.operator.state.StateFile;
import io.culvert.reconciler.reconcile.FatalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The marks that this node's agents have given their objects, one a line in a small file in the state directory: by them a later
 * agent, and {@code culvert cleanup}, know what is ours after a mark was changed. Blocks; any thread.
 *
 * @param <T> type of a mark
 */
final class UsedMarks<T extends Comparable<T>> {

    /** The name that a node's device has unless it is configured. Version 0.1 kept no file of names. */
    private static final String DEFAULT_DEVICE = "culvert0";

    private final StateFile file;
    private final Set<T> known;

    private UsedMarks(StateFile file, String what, Function<String, T> parser) {
        this.file = file;
        try {
            known = file.read(content -> parse(content, parser)).orElseGet(TreeSet::new);
        } catch (IOException e) {
            throw new FatalException(file + " cannot be read (" + e + "): it holds the " + what
                    + " used so far; let this program read it, or remove it");
        }
    }

    /**
     * The origin marks ({@code rtm_protocol}) of routes and next hops.
     *
     * @param nodeName part of the file's name: nodes in network namespaces of one host share directories
     * @throws FatalException if the file is there and cannot be read
     */
    static UsedMarks<Integer> protocols(Path stateDirectory, String nodeName) {
        return new UsedMarks<>(
                new StateFile(stateDirectory, "route-protocols." + nodeName, 1), "route protocols", Integer::valueOf);
    }

    /** The names of the tunnel device; otherwise as {@link #protocols}. */
    static UsedMarks<String> devices(Path stateDirectory, String nodeName) {
        UsedMarks<String> names = new UsedMarks<>(
                new StateFile(stateDirectory, "tunnel-devices." + nodeName, 1),
                "names of tunnel devices",
                UnaryOperator.identity());
        names.known.add(DEFAULT_DEVICE);
        return names;
    }

    private static <T> Set<T> parse(byte[] content, Function<String, T> parser) {
        return new String(content, StandardCharsets.UTF_8)
                .lines()
                .map(parser)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    synchronized Set<T> known() {
        return Set.copyOf(known);
    }

    /**
     * Keeps a mark, before it is used for the first time.
     *
     * @throws IOException if it cannot be kept; the mark can be used all the same, as long as the agent lives
     */
    synchronized void remember(T mark) throws IOException {
        if (known.contains(mark)) {
            return;
        }
        Set<T> all = new TreeSet<>(known);
        all.add(mark);
        file.write(all.stream()
                .map(one -> one + "\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8));
        known.add(mark);
    }
}
