package io.culvert.operator.sysctl;

import io.culvert.operator.state.StateFile;
import io.culvert.reconciler.kernel.Change;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The host's sysctls before Culvert changed them: a small file in the state directory, one {@code name=value} a
 * line, readable by its owner only.
 */
public final class OriginalValues {

    private final StateFile file;

    /**
     * @param stateDirectory made when the first value is remembered
     * @param nodeName part of the file's name: nodes in network namespaces of one host share directories
     */
    public OriginalValues(Path stateDirectory, String nodeName) {
        this.file = new StateFile(stateDirectory, "sysctl.before." + nodeName, 1);
    }

    /**
     * Keeps the value unless one is kept already: the oldest is the host's own.
     *
     * @throws IOException if the file could not be read or written; the sysctl should not be changed then
     */
    void remember(String name, int value) throws IOException {
        SortedMap<String, Integer> values = load();
        if (values.putIfAbsent(name, value) == null) {
            store(values);
        }
    }

    /**
     * The changes that restore the host's values.
     *
     * @throws IOException if the file is there and cannot be read
     */
    public List<Change.SetSysctl> restoration() throws IOException {
        return load().entrySet().stream()
                .map(entry -> new Change.SetSysctl(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** @throws IOException if the file is there and cannot be deleted */
    public void forget() throws IOException {
        file.delete();
    }

    private SortedMap<String, Integer> load() throws IOException {
        return file.read(OriginalValues::parse).orElseGet(TreeMap::new);
    }

    private static SortedMap<String, Integer> parse(byte[] content) throws IOException {
        Properties lines = new Properties();
        lines.load(new StringReader(new String(content, StandardCharsets.UTF_8)));
        SortedMap<String, Integer> values = new TreeMap<>();
        lines.forEach((name, value) -> values.put(name.toString(), Integer.valueOf(value.toString())));
        return values;
    }

    private void store(SortedMap<String, Integer> values) throws IOException {
        file.write(values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8));
    }
}
