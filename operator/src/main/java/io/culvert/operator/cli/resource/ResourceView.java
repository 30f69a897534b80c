package io.culvert.operator.cli.resource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.ResourceHeader;
import io.culvert.operator.cli.input.OutputOptions;
import io.culvert.operator.cli.terminal.JsonOutput;
import io.culvert.operator.cli.terminal.Table;
import java.util.List;
import java.util.stream.Stream;

/** Resources of one kind as text, in the columns that calicoctl's users know. */
record ResourceView(Kind kind, OutputOptions output) {

    /**
     * The lines to print.
     *
     * @param single whether one was asked for by name, which is then shown by itself and not in a list
     * @param revision of the list
     */
    List<String> lines(List<ObjectNode> resources, boolean single, long revision) {
        return switch (output.format()) {
            case TABLE -> table(resources, false).lines(output.headers());
            case WIDE -> table(resources, true).lines(output.headers());
            case NAME ->
                resources.stream()
                        .map(resource -> kind.singular() + "/" + ResourceHeader.name(resource))
                        .toList();
            case YAML -> yaml(single ? resources.get(0) : list(resources, revision));
            case JSON -> JsonOutput.lines(single ? resources.get(0) : list(resources, revision));
        };
    }

    /** The lines of resources that follow others in a watch: documents one by one, rows without a heading. */
    List<String> following(List<ObjectNode> resources) {
        return switch (output.format()) {
            case TABLE -> table(resources, false).lines(false);
            case WIDE -> table(resources, true).lines(false);
            case NAME -> lines(resources, false, 0);
            case YAML ->
                resources.stream()
                        .flatMap(resource -> Stream.concat(Stream.of("---"), yaml(resource).stream()))
                        .toList();
            case JSON ->
                resources.stream()
                        .flatMap(resource -> JsonOutput.lines(resource).stream())
                        .toList();
        };
    }

    private ObjectNode list(List<ObjectNode> resources, long revision) {
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.put("kind", kind + "List").put("apiVersion", Kind.API_VERSION);
        list.putObject("metadata").put("resourceVersion", Long.toString(revision));
        list.putArray("items").addAll(resources);
        return list;
    }

    private static List<String> yaml(ObjectNode tree) {
        try {
            return Yaml.MAPPER.writeValueAsString(tree).stripTrailing().lines().toList();
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree that cannot be written", impossible);
        }
    }

    private Table table(List<ObjectNode> resources, boolean wide) {
        return switch (kind) {
            case IP_POOL -> wide ? widePools(resources) : pools(resources);
            case NODE -> wide ? wideNodes(resources) : nodes(resources);
        };
    }

    private static Table pools(List<ObjectNode> pools) {
        Table table = new Table("NAME", "CIDR", "SELECTOR");
        for (ObjectNode pool : pools) {
            JsonNode spec = pool.path("spec");
            table.row(ResourceHeader.name(pool), text(spec, "cidr"), text(spec, "nodeSelector"));
        }
        return table;
    }

    private static Table widePools(List<ObjectNode> pools) {
        Table table = new Table(
                "NAME",
                "CIDR",
                "NAT",
                "IPIPMODE",
                "VXLANMODE",
                "DISABLED",
                "DISABLEBGPEXPORT",
                "SELECTOR",
                "ASSIGNMENTMODE");
        for (ObjectNode pool : pools) {
            JsonNode spec = pool.path("spec");
            table.row(
                    ResourceHeader.name(pool),
                    text(spec, "cidr"),
                    flag(spec, "natOutgoing"),
                    text(spec, "ipipMode"),
                    text(spec, "vxlanMode"),
                    flag(spec, "disabled"),
                    flag(spec, "disableBGPExport"),
                    text(spec, "nodeSelector"),
                    text(spec, "assignmentMode"));
        }
        return table;
    }

    private static Table nodes(List<ObjectNode> nodes) {
        Table table = new Table("NAME");
        nodes.forEach(node -> table.row(ResourceHeader.name(node)));
        return table;
    }

    private static Table wideNodes(List<ObjectNode> nodes) {
        Table table = new Table("NAME", "ASN", "IPV4", "IPV6");
        for (ObjectNode node : nodes) {
            JsonNode bgp = node.path("spec").path("bgp");
            table.row(
                    ResourceHeader.name(node),
                    text(bgp, "asNumber"),
                    text(bgp, "ipv4Address"),
                    text(bgp, "ipv6Address"));
        }
        return table;
    }

    private static String text(JsonNode object, String field) {
        String text = object.path(field).asText().replaceAll("\\s", " ");
        return text.isEmpty() ? "-" : text;
    }

    private static String flag(JsonNode object, String field) {
        return Boolean.toString(object.path(field).asBoolean());
    }

    /** Loaded only when the format is YAML. */
    private static final class Yaml {
        static final ObjectMapper MAPPER = YAMLMapper.builder()
                .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                .build();
    }
}
