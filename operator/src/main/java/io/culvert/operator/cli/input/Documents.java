package io.culvert.operator.cli.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.ResourceHeader;
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
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The resources in a user's files: YAML or JSON, several documents in one, lists, directories, standard
 * input. Reading continues after a fault, so that all of them are reported. Not for more than one thread.
 */
public final class Documents {

    private final List<Document> documents = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private final List<Document> foreign = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final Function<ObjectNode, Decoded<Resource>> check;
    private final int depth;
    private int serious;

    private Documents(Function<ObjectNode, Decoded<Resource>> check, int depth) {
        this.check = check;
        this.depth = depth;
    }

    /**
     * Reads and checks them all.
     *
     * @param files paths of files or directories; {@code -} is standard input
     * @param stdin read only if named
     */
    public static Documents read(List<String> files, InputStream stdin) {
        return read(files, FileCheck::check, 1, stdin);
    }

    /**
     * The same, with subdirectories.
     *
     * @param check what a document must be: {@link FileCheck#check}, {@link FileCheck#name}
     * @param depth levels of directories that are read, from 1
     */
    static Documents read(
            List<String> files, Function<ObjectNode, Decoded<Resource>> check, int depth, InputStream stdin) {
        Documents read = new Documents(check, depth);
        files.forEach(file -> read.source(file, stdin));
        read.checkNamedOnce();
        return read;
    }

    /** All that were read, in order. */
    public List<Document> documents() {
        return documents;
    }

    /** One line for each resource of a kind that Culvert leaves to calicoctl, beside others. */
    public List<String> skipped() {
        return skipped;
    }

    /** One line for each fault; the documents may be used if there are none. */
    List<String> faults() {
        return serious == 0 ? List.of() : faults;
    }

    /** The same with unknown fields, which are no faults if they are stored. */
    public List<String> faultsOfFilesAlone() {
        return faults;
    }

    private void fault(String line) {
        faults.add(line);
        serious++;
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
            fault("cannot read " + file + ": " + reason(unreadable));
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
            fault(directory + ": no .yaml, .yml or .json file in this directory");
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
        int before = documents.size() + skipped.size() + faults.size();
        JsonFactory format = isJson(text) ? new JsonFactory() : new YAMLFactory();
        List<DocumentTree> trees = new ArrayList<>();
        Optional<IOException> failure = parse(text, format, trees);
        List<DocumentTree> asYaml = new ArrayList<>();
        if (failure.isPresent()
                && isJson(text)
                && parse(text, new YAMLFactory(), asYaml).isEmpty()) {
            trees = asYaml;
            failure = Optional.empty();
        }
        int number = 1;
        for (DocumentTree tree : trees) {
            resources(source + ", document " + number++, tree);
        }
        failure.ifPresent(reason -> fault(source + unreadable(reason, format)));
        if (documents.size() + skipped.size() + faults.size() == before) {
            fault(source + ": contains no resource");
        }
    }

    private static String unreadable(IOException failure, JsonFactory format) {
        String message = failure instanceof JsonProcessingException malformed
                ? where(malformed.getLocation()) + ": invalid " + format.getFormatName() + ": "
                        + malformed.getOriginalMessage().replaceAll("\\s+", " ")
                : ": " + failure;
        return Fault.printable(message);
    }

    /** Faults against a limit of the parser, such as depth, have no location. */
    private static String where(@Nullable JsonLocation location) {
        return location == null ? "" : ", line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    /**
     * Whether it looks like JSON. Flow-style YAML does too, but may have comments, trailing commas and {@code True}; JSON
     * with tabs is not YAML. So JSON is tried first, then YAML.
     */
    private static boolean isJson(String text) {
        return text.stripLeading().matches("(?s)(\\{\\s*[\"}]|\\[\\s*[\\[{\\]]).*");
    }

    /** Adds the documents up to the first malformed one; returns what is wrong with it. */
    private static Optional<IOException> parse(String text, JsonFactory format, List<DocumentTree> trees) {
        try (JsonParser parser = format.createParser(text)) {
            while (parser.nextToken() != null) {
                trees.add(DocumentTree.read(parser));
            }
            return Optional.empty();
        } catch (IOException malformed) {
            return Optional.of(malformed);
        }
    }

    private void resources(String place, DocumentTree tree) {
        JsonNode root = tree.root();
        String kind = root.path("kind").asText();
        if (root.isArray()) {
            items(place, root, "", tree);
        } else if (kind.endsWith("List") && root.path("items").isArray()) {
            root.path("items").forEach(item -> inherit(root, item));
            items(place, root.path("items"), "items", tree);
        } else if (!root.isNull()) {
            resource(place, root, "", tree);
        }
    }

    /** The items of a typed list of Calico's may leave out what its kind says. */
    private static void inherit(JsonNode list, JsonNode item) {
        String kind = list.path("kind").asText();
        boolean isCalicos = list.path("apiVersion").asText(Kind.API_VERSION).equals(Kind.API_VERSION);
        if (item instanceof ObjectNode resource && isCalicos) {
            resource.putIfAbsent("apiVersion", resource.textNode(Kind.API_VERSION));
            resource.putIfAbsent("kind", resource.textNode(kind.substring(0, kind.length() - "List".length())));
        }
    }

    private void items(String place, JsonNode items, String path, DocumentTree tree) {
        for (int i = 0; i < items.size(); i++) {
            resource(place + ", item " + (i + 1), items.path(i), path + "[" + i + "].", tree);
        }
    }

    private void resource(String place, JsonNode resource, String prefix, DocumentTree tree) {
        if (!(resource instanceof ObjectNode content)) {
            fault(place + ": a resource must be an object with apiVersion, kind, metadata and spec");
            return;
        }
        Document document = new Document(place, check.apply(content), prefix, tree.lines());
        if (FileCheck.isForeign(content)) {
            skipped.add(document.report(skipped(content)));
            foreign.add(document);
        } else {
            add(document);
        }
    }

    private void add(Document document) {
        documents.add(document);
        document.faults().forEach(this::fault);
        if (document.faults().isEmpty()) {
            FileCheck.unknownFields(document.resource(), Optional.empty())
                    .forEach(fault -> faults.add(document.report(fault)));
        }
    }

    private static Fault skipped(ObjectNode foreign) {
        return Fault.ofDocument(foreign.path("kind").asText() + " " + ResourceHeader.name(foreign)
                + " skipped: Culvert reads IPPool and Node; use calicoctl for Calico's other kinds");
    }

    private void checkNamedOnce() {
        if (documents.isEmpty()) {
            foreign.forEach(this::add);
        }
        if (serious > 0) {
            return;
        }
        Map<String, Document> named = new HashMap<>();
        for (Document document : documents) {
            Document first = named.putIfAbsent(document.title(), document);
            if (first != null) {
                fault(document.place() + ": duplicate resource " + document.title() + "; first in " + first.place());
            }
        }
    }
}
