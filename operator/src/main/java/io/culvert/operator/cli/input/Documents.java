package io.culvert.operator.cli.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.rule.FileCheck;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The resources in a user's files: YAML or JSON, several documents in one, lists, directories, standard
 * input. Reading continues after a fault, so that all of them are reported. Not for more than one thread.
 */
public final class Documents {

    private final List<Document> documents = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final int depth;

    private Documents(int depth) {
        this.depth = depth;
    }

    /**
     * Reads and checks them all.
     *
     * @param files paths of files or directories; {@code -} is standard input
     * @param stdin read only if named
     */
    public static Documents read(List<String> files, InputStream stdin) {
        return read(files, 1, stdin);
    }

    /**
     * The same, with subdirectories.
     *
     * @param depth levels of directories that are read, from 1
     */
    public static Documents read(List<String> files, int depth, InputStream stdin) {
        Documents read = new Documents(depth);
        files.forEach(file -> read.source(file, stdin));
        read.checkNamedOnce();
        return read;
    }

    /** All that were read, in order. */
    public List<Document> documents() {
        return documents;
    }

    /** One line for each fault; the documents may be used if there are none. */
    List<String> faults() {
        return faults;
    }

    private void source(String file, InputStream stdin) {
        try {
            if (file.equals("-")) {
                text("standard input", stdin.readAllBytes());
            } else if (Files.isDirectory(Path.of(file))) {
                directory(Path.of(file));
            } else {
                text(file, Files.readAllBytes(Path.of(file)));
            }
        } catch (IOException unreadable) {
            faults.add("cannot read " + file + ": " + reason(unreadable));
        }
    }

    private static String reason(IOException unreadable) {
        return unreadable instanceof NoSuchFileException ? "no such file" : unreadable.toString();
    }

    private void directory(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.walk(directory, depth)) {
            files = entries.filter(Documents::holdsResources).sorted().toList();
        }
        if (files.isEmpty()) {
            faults.add(directory + ": no .yaml, .yml or .json file in this directory");
        }
        for (Path file : files) {
            text(file.toString(), Files.readAllBytes(file));
        }
    }

    private static boolean holdsResources(Path file) {
        return file.toString().matches(".*\\.(yaml|yml|json)") && Files.isRegularFile(file);
    }

    private void text(String source, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int before = documents.size() + faults.size();
        JsonFactory format = isJson(text) ? new JsonFactory() : new YAMLFactory();
        try {
            trees(source, text, format);
        } catch (JsonProcessingException malformed) {
            String reason = Fault.printable(malformed.getOriginalMessage().replaceAll("\\s+", " "));
            faults.add(source + where(malformed.getLocation()) + ": invalid " + format.getFormatName() + ": " + reason);
        } catch (IOException unreadable) {
            faults.add("cannot read " + source + ": " + unreadable);
        }
        if (documents.size() + faults.size() == before) {
            faults.add(source + ": contains no resource");
        }
    }

    /** Faults against a limit of the parser, such as depth, have no location. */
    private static String where(@Nullable JsonLocation location) {
        return location == null ? "" : ", line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    // YAML parsers take JSON too, but not JSON that is indented with tabs.
    private static boolean isJson(String text) {
        return text.stripLeading().matches("(?s)(\\{\\s*[\"}]|\\[\\s*[\\[{\\]]).*");
    }

    private void trees(String source, String text, JsonFactory format) throws IOException {
        try (JsonParser parser = format.createParser(text)) {
            for (int number = 1; parser.nextToken() != null; number++) {
                DocumentTree tree = DocumentTree.read(parser);
                resources(source + ", document " + number, tree);
            }
        }
    }

    private void resources(String place, DocumentTree tree) {
        JsonNode root = tree.root();
        String kind = root.path("kind").asText();
        if (root.isArray()) {
            items(place, root, "", tree);
        } else if (kind.endsWith("List") && root.path("items").isArray()) {
            root.path("items").forEach(item -> inherit(kind.substring(0, kind.length() - "List".length()), item));
            items(place, root.path("items"), "items", tree);
        } else if (!root.isNull()) {
            resource(place, root, "", tree);
        }
    }

    /** The items of a typed list may leave out what its kind says. */
    private static void inherit(String kind, JsonNode item) {
        if (item instanceof ObjectNode resource && Kind.spelled(kind).isPresent()) {
            resource.putIfAbsent("apiVersion", resource.textNode(Kind.API_VERSION));
            resource.putIfAbsent("kind", resource.textNode(kind));
        }
    }

    private void items(String place, JsonNode items, String path, DocumentTree tree) {
        for (int i = 0; i < items.size(); i++) {
            resource(place + ", item " + (i + 1), items.path(i), path + "[" + i + "].", tree);
        }
    }

    private void resource(String place, JsonNode resource, String prefix, DocumentTree tree) {
        if (resource instanceof ObjectNode content) {
            Document document = new Document(place, FileCheck.check(content), prefix, tree.lines());
            documents.add(document);
            faults.addAll(document.faults());
        } else {
            faults.add(place + ": a resource must be an object with apiVersion, kind, metadata and spec");
        }
    }

    private void checkNamedOnce() {
        if (!faults.isEmpty()) {
            return;
        }
        Map<String, Document> named = new HashMap<>();
        for (Document document : documents) {
            Document first = named.putIfAbsent(document.title(), document);
            if (first != null) {
                faults.add(
                        document.place() + ": duplicate resource " + document.title() + "; first in " + first.place());
            }
        }
    }
}
