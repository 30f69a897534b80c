package io.culvert.operator.node;

import io.culvert.operator.state.StateFile;
import io.culvert.reconciler.reconcile.FatalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The origin marks ({@code rtm_protocol}) that this node's agents have used, one a line in a small file in the state directory:
 * by them a later agent, and {@code culvert cleanup}, know what is ours after the mark was changed. Blocks; any thread.
 */
final class UsedProtocols {

    private final StateFile file;
    private final Set<Integer> known;

    /**
     * @param nodeName part of the file's name: nodes in network namespaces of one host share directories
     * @throws FatalException if the file is there and cannot be read
     */
    UsedProtocols(Path stateDirectory, String nodeName) {
        file = new StateFile(stateDirectory, "route-protocols." + nodeName, 1);
        known = read();
    }

    private Set<Integer> read() {
        try {
            return file.read(UsedProtocols::parse).orElseGet(TreeSet::new);
        } catch (IOException e) {
            throw new FatalException(file + " cannot be read (" + e
                    + "): it holds the route protocols used so far; let this program read it, or remove it");
        }
    }

    private static Set<Integer> parse(byte[] content) {
        return new String(content, StandardCharsets.UTF_8)
                .lines()
                .map(Integer::valueOf)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    synchronized Set<Integer> known() {
        return Set.copyOf(known);
    }

    /**
     * Keeps a mark, before it is used for the first time.
     *
     * @throws IOException if it cannot be kept; the mark can be used all the same, as long as the agent lives
     */
    synchronized void remember(int protocol) throws IOException {
        if (known.contains(protocol)) {
            return;
        }
        Set<Integer> all = new TreeSet<>(known);
        all.add(protocol);
        file.write(all.stream()
                .map(mark -> mark + "\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8));
        known.add(protocol);
    }
}
